//! What runs the cloud: ticks the services when something is due, and starts what they ask for.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use aqueduct::Clock;
use aqueduct_services::Timestamp;
use aqueduct_services::lambda::{Ended, Invocation};
use aqueduct_services::sns::{Post, Posted};
use futures_util::future::LocalBoxFuture;

use super::core::{Shared, Work};
use super::execution::execute;
use super::function::{BoxError, Function};
use super::mishaps::Mishaps;

/// What answers an HTTP endpoint.
type Endpoint = Box<dyn FnMut(&Post) -> Posted>;

/// Starts an execution environment.
pub(crate) type Start = Box<dyn Fn() -> Result<Running, BoxError>>;

/// What an invocation needs.
#[derive(Clone)]
pub(crate) struct Stage {
    pub(crate) shared: Shared,
    pub(crate) cast: Rc<Cast>,
    pub(crate) mishaps: Mishaps,
}

/// What plays the template's functions and HTTP endpoints.
#[derive(Default)]
pub(crate) struct Cast {
    functions: RefCell<BTreeMap<String, Rc<Registered>>>,
    endpoints: RefCell<BTreeMap<String, Endpoint>>,
    /// Every invocation, and when it began.
    seen: RefCell<Vec<(Timestamp, Rc<Invocation>)>>,
    /// What processes were at when they were killed.
    buried: RefCell<Vec<LocalBoxFuture<'static, Ended>>>,
}

/// Code that was registered for a function, and its execution environments that wait for work.
pub(crate) struct Registered {
    start: Start,
    waiting: RefCell<Vec<Running>>,
}

/// An execution environment.
pub(crate) struct Running {
    pub(crate) function: Rc<Function>,
    /// The time as it has it.
    pub(crate) clock: Clock,
}

impl Registered {
    /// Code with its first execution environment, so that one that cannot start is known at once.
    pub(crate) fn new(start: Start) -> Result<Self, BoxError> {
        let first = start()?;
        Ok(Self { start, waiting: RefCell::new(vec![first]) })
    }

    /// An execution environment: one that waits, else a new one.
    pub(crate) fn take(&self) -> Result<Running, BoxError> {
        let waiting = self.waiting.borrow_mut().pop();
        waiting.map_or_else(|| (self.start)(), Ok)
    }

    /// Lets an execution environment wait for its next invocation.
    pub(crate) fn give_back(&self, environment: Running) {
        self.waiting.borrow_mut().push(environment);
    }
}

impl Cast {
    pub(crate) fn register(&self, function: String, registered: Registered) {
        self.functions.borrow_mut().insert(function, Rc::new(registered));
    }

    pub(crate) fn registered(&self, function: &str) -> Option<Rc<Registered>> {
        self.functions.borrow().get(function).cloned()
    }

    pub(crate) fn on_post(&self, url: &str, answer: Endpoint) {
        self.endpoints.borrow_mut().insert(url.to_owned(), answer);
    }

    /// Keeps what a process was at when it was killed.
    pub(crate) fn bury(&self, running: LocalBoxFuture<'static, Ended>) {
        self.buried.borrow_mut().push(running);
    }

    /// The invocations so far of a function.
    pub(crate) fn seen(&self, function: &str) -> Vec<(Timestamp, String)> {
        let seen = self.seen.borrow();
        let of_function = seen.iter().filter(|(_, invocation)| invocation.function == function);
        of_function.map(|(at, invocation)| (*at, invocation.payload.clone())).collect()
    }

    fn post(&self, post: &Post) -> Posted {
        match self.endpoints.borrow_mut().get_mut(&post.url) {
            Some(answer) => answer(post),
            None => Posted::Failed(format!("nothing listens at {}", post.url)),
        }
    }
}

/// Runs the cloud for as long as it is polled.
pub(crate) async fn drive(stage: Stage) {
    let Stage { shared, cast, .. } = &stage;
    loop {
        let (Work { invocations, posts }, wake) = shared.tick();
        for post in posts {
            shared.posted(post.ticket, cast.post(&post));
        }
        for invocation in invocations {
            let invocation = Rc::new(invocation);
            cast.seen.borrow_mut().push((shared.clock().now(), Rc::clone(&invocation)));
            tokio::task::spawn_local(execute(stage.clone(), invocation));
        }
        match wake {
            None => shared.nudged().await,
            Some(wake) => {
                let _ = tokio::time::timeout_at(shared.clock().instant(wake), shared.nudged()).await;
            }
        }
    }
}
