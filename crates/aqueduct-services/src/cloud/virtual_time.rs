//! A driver without a clock: time jumps to whatever happens next, and functions are what the caller says they are.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use super::{Cloud, Effect, Request, Response};
use crate::lambda::{Ended, Invocation};
use crate::sns::{Post, Posted};
use crate::{ApiError, CallId, Note, Timestamp};

/// What a function does with one event.
#[derive(Clone, Debug)]
pub struct Execution {
    /// How it ends.
    pub ended: Ended,
    /// How long it takes; beyond its timeout, the timeout ends it.
    pub took: Duration,
    /// The API calls that it makes, which happen as it ends. One that runs into its timeout makes none.
    pub calls: Vec<Request>,
}

impl Execution {
    /// Answers with JSON text after `took`.
    pub fn answered(payload: impl Into<String>, took: Duration) -> Self {
        Self { ended: Ended::Answered(payload.into()), took, calls: Vec::new() }
    }
}

/// What runs the functions of a cloud in virtual time.
pub trait Functions {
    /// A function gets an event, at `now`.
    fn run(&mut self, now: Timestamp, invocation: &Invocation) -> Execution;
}

impl<F: FnMut(Timestamp, &Invocation) -> Execution> Functions for F {
    fn run(&mut self, now: Timestamp, invocation: &Invocation) -> Execution {
        self(now, invocation)
    }
}

/// A cloud in virtual time: the same cloud, functions and calls give the same effects.
#[derive(Debug)]
pub struct VirtualTime<F> {
    cloud: Cloud,
    functions: F,
    now: Timestamp,
    last_call: u64,
    /// Calls of the caller itself, whose answers are kept.
    asked: BTreeSet<CallId>,
    answers: BTreeMap<CallId, Result<Response, ApiError>>,
    /// What plays the HTTP endpoints, by URL.
    endpoints: Endpoints,
    /// Executions and requests under way, by when they end.
    ends: BTreeMap<(Timestamp, u64), End>,
    last_end: u64,
    notes: Vec<Note>,
}

/// What comes to its end at a point in time.
#[derive(Debug)]
enum End {
    Execution(String, Execution),
    Post(u64, Posted),
}

type Answer = Box<dyn FnMut(Timestamp, &Post) -> Posted>;

/// What plays HTTP endpoints, by URL.
#[derive(Default)]
struct Endpoints(BTreeMap<String, Answer>);

impl fmt::Debug for Endpoints {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_set().entries(self.0.keys()).finish()
    }
}

/// The cloud did not come to rest in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cloud is still busy at {} ms after the epoch; a message, retry or schedule keeps it so", at.as_millis())]
pub struct StillBusy {
    /// When the wait was given up.
    pub at: Timestamp,
}

impl<F: Functions> VirtualTime<F> {
    /// Starts the time of `cloud` at `start`.
    pub fn new(cloud: Cloud, functions: F, start: Timestamp) -> Self {
        let mut time = Self {
            cloud,
            functions,
            now: start,
            last_call: 0,
            asked: BTreeSet::new(),
            answers: BTreeMap::new(),
            endpoints: Endpoints::default(),
            ends: BTreeMap::new(),
            last_end: 0,
            notes: Vec::new(),
        };
        time.obey();
        time
    }

    /// What time it is.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// The cloud.
    pub const fn cloud(&self) -> &Cloud {
        &self.cloud
    }

    /// The cloud, to be provisioned or counted; what that sets in motion happens with the next step.
    pub const fn cloud_mut(&mut self) -> &mut Cloud {
        &mut self.cloud
    }

    /// What runs the functions.
    pub const fn functions_mut(&mut self) -> &mut F {
        &mut self.functions
    }

    /// Says what answers requests to a URL, in no time; to any other there is no connection.
    pub fn on_post(&mut self, url: impl Into<String>, answer: impl FnMut(Timestamp, &Post) -> Posted + 'static) {
        self.endpoints.0.insert(url.into(), Box::new(answer));
    }

    /// Makes an API call; [`Self::answer`] has its answer, now or later.
    pub fn call(&mut self, request: Request) -> CallId {
        let call = self.next_call();
        self.asked.insert(call);
        self.cloud.call(self.now, call, request);
        self.obey();
        call
    }

    /// The answer to a call, once.
    pub fn answer(&mut self, call: CallId) -> Option<Result<Response, ApiError>> {
        self.answers.remove(&call)
    }

    /// What happened since the last time this was asked.
    pub fn take_notes(&mut self) -> Vec<Note> {
        std::mem::take(&mut self.notes)
    }

    /// Whether nothing runs, waits or is to be tried again.
    pub fn is_idle(&self) -> bool {
        self.ends.is_empty() && self.cloud.is_idle()
    }

    /// When something happens next.
    pub fn next(&self) -> Option<Timestamp> {
        let end = self.ends.first_key_value().map(|((at, _), _)| *at);
        end.into_iter().chain(self.cloud.next_wake()).min()
    }

    /// Goes to what happens next; false when nothing is to happen any more.
    pub fn step(&mut self) -> bool {
        let Some(next) = self.next() else { return false };
        self.now = self.now.max(next);
        if let Some(entry) = self.ends.first_entry()
            && entry.key().0 <= self.now
        {
            match entry.remove() {
                End::Execution(request_id, execution) => self.end(&request_id, execution),
                End::Post(ticket, posted) => self.cloud.posted(self.now, ticket, posted),
            }
        } else {
            self.cloud.tick(self.now);
        }
        self.obey();
        true
    }

    /// Goes on until `at`.
    pub fn run_until(&mut self, at: Timestamp) {
        self.obey();
        while self.next().is_some_and(|next| next <= at) {
            self.step();
        }
        self.now = self.now.max(at);
    }

    /// Goes on until nothing waits or runs, but not beyond `limit`.
    pub fn run_until_idle(&mut self, limit: Timestamp) -> Result<(), StillBusy> {
        self.obey();
        while !self.is_idle() {
            if self.next().is_none_or(|next| next > limit) {
                return Err(StillBusy { at: self.now });
            }
            self.step();
        }
        Ok(())
    }

    fn end(&mut self, request_id: &str, execution: Execution) {
        for request in execution.calls {
            let call = self.next_call();
            self.cloud.call(self.now, call, request);
        }
        self.cloud.ended(self.now, request_id, execution.ended, execution.took);
    }

    /// Does what the cloud asks for.
    fn obey(&mut self) {
        for effect in self.cloud.take_effects() {
            match effect {
                Effect::Note(note) => self.notes.push(note),
                Effect::Answer { call, result } => {
                    if self.asked.remove(&call) {
                        self.answers.insert(call, result);
                    }
                }
                Effect::Invoke(invocation) => {
                    let execution = timed(self.functions.run(self.now, &invocation), self.now, &invocation);
                    let at = self.now + execution.took;
                    self.ends_at(at, End::Execution(invocation.request_id, execution));
                }
                Effect::Post(post) => {
                    let posted = match self.endpoints.0.get_mut(&post.url) {
                        Some(answer) => answer(self.now, &post),
                        None => Posted::Failed(format!("nothing listens at {}", post.url)),
                    };
                    self.ends_at(self.now, End::Post(post.ticket, posted));
                }
            }
        }
    }

    fn ends_at(&mut self, at: Timestamp, end: End) {
        self.last_end += 1;
        self.ends.insert((at, self.last_end), end);
    }

    const fn next_call(&mut self) -> CallId {
        self.last_call += 1;
        CallId(self.last_call)
    }
}

/// An execution, with its timeout.
///
/// Its calls carry its trace, as those of SDKs do.
fn timed(mut execution: Execution, now: Timestamp, invocation: &Invocation) -> Execution {
    let timeout = invocation.deadline.since(now);
    if execution.took <= timeout {
        for call in &mut execution.calls {
            call.set_trace_header(&invocation.trace_id);
        }
        return execution;
    }
    Execution { ended: Ended::TimedOut, took: timeout, calls: Vec::new() }
}
