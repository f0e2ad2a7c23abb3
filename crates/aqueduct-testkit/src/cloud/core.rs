//! The services in virtual time: calls go in, what they ask for is gathered for the driver.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aqueduct_services::cloud::{Cloud as Services, Effect, Request, Response};
use aqueduct_services::lambda::{Ended, Invocation};
use aqueduct_services::sns::{Post, Posted};
use aqueduct_services::{ApiError, CallId, Note, Timestamp};
use tokio::sync::{Notify, mpsc, oneshot};

use super::time::VirtualClock;

type Answer = Result<Response, ApiError>;

/// Takes the pieces of an answer that is being made.
pub(crate) type Listener = mpsc::UnboundedSender<String>;

/// The services, for clients, driver and test alike.
#[derive(Clone, Debug)]
pub(crate) struct Shared(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    clock: VirtualClock,
    core: Mutex<Core>,
    /// Tells the driver that there is work, or that its plan no longer holds.
    nudge: Notify,
    /// Tells those who wait for it that the cloud came to rest.
    rest: Notify,
    /// Tells those who wait for it that something happened.
    stir: Notify,
}

#[derive(Debug)]
struct Core {
    services: Services,
    last_call: u64,
    /// Calls whose answers come later.
    waiting: BTreeMap<CallId, oneshot::Sender<Answer>>,
    /// Who takes what a function streams while it is being made.
    listening: BTreeMap<CallId, Listener>,
    work: Work,
    notes: Vec<Note>,
    /// When the driver looks at the services next, if nothing happens before.
    planned: Option<Timestamp>,
}

/// What the driver is to start.
#[derive(Debug, Default)]
pub(crate) struct Work {
    pub(crate) invocations: Vec<Invocation>,
    pub(crate) posts: Vec<Post>,
}

impl Work {
    fn is_empty(&self) -> bool {
        self.invocations.is_empty() && self.posts.is_empty()
    }
}

impl Shared {
    pub(crate) fn new(services: Services, clock: VirtualClock) -> Self {
        let core = Core {
            services,
            last_call: 0,
            waiting: BTreeMap::new(),
            listening: BTreeMap::new(),
            work: Work::default(),
            notes: Vec::new(),
            planned: None,
        };
        Self(Arc::new(Inner {
            clock,
            core: Mutex::new(core),
            nudge: Notify::new(),
            rest: Notify::new(),
            stir: Notify::new(),
        }))
    }

    pub(crate) fn clock(&self) -> &VirtualClock {
        &self.0.clock
    }

    /// Makes an API call; dropping the future hangs up.
    pub(crate) async fn call(&self, request: Request) -> Answer {
        self.call_listening(request, None).await
    }

    /// The same, with somebody who takes what a function streams.
    pub(crate) async fn call_listening(&self, request: Request, listener: Option<Listener>) -> Answer {
        let (call, mut answer) = self.begin(request, listener);
        if let Ok(answer) = answer.try_recv() {
            return answer;
        }
        let hang_up = HangUp { call, shared: self, is_answered: false };
        let answer = answer.await;
        hang_up.answered();
        answer.unwrap_or_else(|_| Err(ApiError::sender("NoAnswer", "the cloud is gone")))
    }

    /// Makes an API call that is answered at once.
    pub(crate) fn call_now(&self, request: Request) -> Answer {
        let (_, mut answer) = self.begin(request, None);
        answer.try_recv().unwrap_or_else(|_| Err(ApiError::sender("NoAnswer", "the call waits for its answer")))
    }

    /// Whoever takes what an invocation streams; it is one execution's to tell.
    pub(crate) fn listener(&self, request_id: &str) -> Option<Listener> {
        let mut core = self.lock();
        let call = core.services.listener(request_id)?;
        core.listening.remove(&call)
    }

    fn begin(&self, request: Request, listener: Option<Listener>) -> (CallId, oneshot::Receiver<Answer>) {
        let (sender, answer) = oneshot::channel();
        let call = self.with(|core, now| {
            core.last_call += 1;
            let call = CallId(core.last_call);
            core.waiting.insert(call, sender);
            core.listening.extend(listener.map(|listener| (call, listener)));
            core.services.call(now, call, request);
            call
        });
        (call, answer)
    }

    /// An invocation ended.
    pub(crate) fn ended(&self, request_id: &str, ended: Ended, took: Duration) {
        self.with(|core, now| core.services.ended(now, request_id, ended, took));
    }

    /// A request to an HTTP endpoint came to its end.
    pub(crate) fn posted(&self, ticket: u64, posted: Posted) {
        self.with(|core, now| core.services.posted(now, ticket, posted));
    }

    /// Lets the services do what is due; what the driver is to start, and when it is to look again.
    pub(crate) fn tick(&self) -> (Work, Option<Timestamp>) {
        let now = self.0.clock.now();
        let mut core = self.lock();
        if core.services.next_wake().is_some_and(|wake| wake <= now) {
            core.services.tick(now);
        }
        core.obey();
        self.tell(&core);
        core.planned = core.services.next_wake();
        (std::mem::take(&mut core.work), core.planned)
    }

    /// Waits until the driver's plan no longer holds.
    pub(crate) async fn nudged(&self) {
        self.0.nudge.notified().await;
    }

    /// Waits until nothing waits, runs or is to be tried again.
    pub(crate) async fn rest(&self) {
        loop {
            let rest = self.0.rest.notified();
            if self.is_idle() {
                return;
            }
            rest.await;
        }
    }

    /// Waits until something happens.
    pub(crate) async fn stirred(&self) {
        self.0.stir.notified().await;
    }

    pub(crate) fn is_idle(&self) -> bool {
        self.lock().is_idle()
    }

    pub(crate) fn take_notes(&self) -> Vec<Note> {
        std::mem::take(&mut self.lock().notes)
    }

    /// Does something with the services.
    pub(crate) fn services<T>(&self, act: impl FnOnce(&mut Services, Timestamp) -> T) -> T {
        self.with(|core, now| act(&mut core.services, now))
    }

    fn with<T>(&self, act: impl FnOnce(&mut Core, Timestamp) -> T) -> T {
        let now = self.0.clock.now();
        let mut core = self.lock();
        let outcome = act(&mut core, now);
        core.obey();
        let wake = core.services.next_wake();
        if !core.work.is_empty() || wake.is_some_and(|wake| core.planned.is_none_or(|planned| wake < planned)) {
            self.0.nudge.notify_one();
        }
        self.tell(&core);
        outcome
    }

    fn tell(&self, core: &Core) {
        self.0.stir.notify_waiters();
        if core.is_idle() {
            self.0.rest.notify_waiters();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Core> {
        self.0.core.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Core {
    fn is_idle(&self) -> bool {
        self.work.is_empty() && self.services.is_idle()
    }

    /// Gathers what the services ask for.
    fn obey(&mut self) {
        for effect in self.services.take_effects() {
            match effect {
                Effect::Note(note) => self.notes.push(note),
                Effect::Answer { call, result } => {
                    self.listening.remove(&call);
                    if let Some(waiting) = self.waiting.remove(&call) {
                        // A caller that hung up wants no answer.
                        let _ = waiting.send(result);
                    }
                }
                Effect::Invoke(invocation) => self.work.invocations.push(invocation),
                Effect::Post(post) => self.work.posts.push(post),
            }
        }
    }
}

/// Tells the services about a caller that does not wait any longer.
struct HangUp<'a> {
    call: CallId,
    shared: &'a Shared,
    is_answered: bool,
}

impl HangUp<'_> {
    fn answered(mut self) {
        self.is_answered = true;
    }
}

impl Drop for HangUp<'_> {
    fn drop(&mut self) {
        if !self.is_answered {
            self.shared.with(|core, _| {
                core.waiting.remove(&self.call);
                core.listening.remove(&self.call);
                core.services.forget(self.call);
            });
        }
    }
}
