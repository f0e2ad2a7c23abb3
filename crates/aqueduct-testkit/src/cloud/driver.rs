//! What runs the cloud: ticks the services when something is due, and runs invocations until their deadline.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;

use aqueduct::Clock;
use aqueduct::aws::Environment;
use aqueduct_services::Timestamp;
use aqueduct_services::lambda::{Ended, Invocation, failed};
use aqueduct_services::sns::{Post, Posted};
use futures_util::FutureExt;
use lambda_runtime::Context;

use super::caller;
use super::core::{Shared, Work};
use super::function::{BoxError, Build, Function};

/// What answers an HTTP endpoint.
type Endpoint = Box<dyn FnMut(&Post) -> Posted>;

/// What plays the template's functions and HTTP endpoints.
#[derive(Default)]
pub(crate) struct Cast {
    functions: RefCell<BTreeMap<String, Rc<Registered>>>,
    endpoints: RefCell<BTreeMap<String, Endpoint>>,
    /// Every invocation, and when it began.
    seen: RefCell<Vec<(Timestamp, Rc<Invocation>)>>,
}

/// Code that was registered for a function, and its execution environments that wait for work.
pub(crate) struct Registered {
    pub(crate) build: Build,
    pub(crate) environment: Box<dyn Fn() -> Environment>,
    pub(crate) waiting: RefCell<Vec<Function>>,
}

impl Registered {
    /// An execution environment: one that waits, else a new one.
    fn take(&self, name: &str) -> Result<Function, BoxError> {
        match self.waiting.borrow_mut().pop() {
            Some(function) => Ok(function),
            None => self.start(name),
        }
    }

    /// Starts a new execution environment.
    pub(crate) fn start(&self, name: &str) -> Result<Function, BoxError> {
        Ok((self.build)(&(self.environment)())?.named(name))
    }
}

impl Cast {
    pub(crate) fn register(&self, function: String, registered: Registered) {
        self.functions.borrow_mut().insert(function, Rc::new(registered));
    }

    pub(crate) fn on_post(&self, url: &str, answer: Endpoint) {
        self.endpoints.borrow_mut().insert(url.to_owned(), answer);
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
pub(crate) async fn drive(shared: Shared, cast: Rc<Cast>, clock: Clock) {
    loop {
        let (Work { invocations, posts }, wake) = shared.tick();
        for post in posts {
            let posted = cast.post(&post);
            shared.posted(post.ticket, posted);
        }
        for invocation in invocations {
            let invocation = Rc::new(invocation);
            cast.seen.borrow_mut().push((shared.clock().now(), Rc::clone(&invocation)));
            tokio::task::spawn_local(execute(shared.clone(), Rc::clone(&cast), clock.clone(), invocation));
        }
        match wake {
            None => shared.nudged().await,
            Some(wake) => {
                let _ = tokio::time::timeout_at(shared.clock().instant(wake), shared.nudged()).await;
            }
        }
    }
}

async fn execute(shared: Shared, cast: Rc<Cast>, clock: Clock, invocation: Rc<Invocation>) {
    let began = shared.clock().now();
    let running = clock.stand_in_for(run(&cast, &invocation));
    let running = caller::within(Rc::clone(&invocation), running);
    // An execution that is not over at its deadline is dropped where it stands, as Lambda kills it.
    let ended = tokio::time::timeout_at(shared.clock().instant(invocation.deadline), running).await;
    let took = shared.clock().now().since(began);
    shared.ended(&invocation.request_id, ended.unwrap_or(Ended::TimedOut), took);
}

/// Runs an invocation in an execution environment, which waits for the next one unless this one does not come to its end.
async fn run(cast: &Cast, invocation: &Invocation) -> Ended {
    let registered = cast.functions.borrow().get(&invocation.function).cloned();
    let Some(registered) = registered else { return Ended::Answered("null".to_owned()) };
    let function = match registered.take(&invocation.function) {
        Ok(function) => function,
        Err(error) => return failed("Runtime.ExitError", error.to_string()),
    };
    let running = AssertUnwindSafe(function.run(invocation, context(invocation)));
    let ended = running.catch_unwind().await.unwrap_or_else(|panic| failed("panic", words(&*panic)));
    registered.waiting.borrow_mut().push(function);
    ended
}

/// What a panic said.
fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "the handler panicked".to_owned())
}

fn context(invocation: &Invocation) -> Context {
    let mut context = Context::default();
    context.request_id.clone_from(&invocation.request_id);
    context.deadline = invocation.deadline.as_millis();
    context.invoked_function_arn = invocation.arn.to_string();
    context.xray_trace_id = Some(invocation.trace_id.clone());
    context
}
