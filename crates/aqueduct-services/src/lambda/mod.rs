//! AWS Lambda: functions, asynchronous invocation, SQS event source mappings and function URLs.

use std::time::Duration;

use aqueduct_topology::Arn;

use crate::sqs::Sqs;
use crate::{ApiError, CallId, Delivery, Handover, Ids, Note, Principal, Refusal, Site, Timestamp};

/// A call of the Lambda API.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Request {}

/// The answer to a [`Request`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Response {}

/// A function to be run now, in a free execution environment or a new one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invocation {
    /// `Lambda-Runtime-Aws-Request-Id`.
    pub request_id: String,
    /// The function's physical name.
    pub function: String,
    /// `Lambda-Runtime-Invoked-Function-Arn`.
    pub arn: Arn,
    /// The event, JSON text.
    pub payload: String,
    /// When the function's timeout ends it.
    pub deadline: Timestamp,
    /// `Lambda-Runtime-Trace-Id`.
    pub trace_id: String,
}

/// How an invocation ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended {
    /// The function answered with this JSON text.
    Answered(String),
    /// The function reported an error, crashed or could not start.
    Failed {
        /// Such as `Runtime.ExitError`.
        error_type: String,
        /// What the function or Lambda said.
        message: String,
        /// The error document, JSON text, as a caller of Invoke gets it.
        payload: String,
    },
    /// The timeout ended it.
    TimedOut,
}

/// All functions and event source mappings of one account and Region.
#[derive(Debug)]
pub struct Lambda {}

#[expect(unused_variables, clippy::unimplemented, clippy::unused_self, reason = "signatures first")]
impl Lambda {
    /// No functions yet.
    pub fn new(site: Site, ids: Ids) -> Self {
        unimplemented!()
    }

    /// Answers a call, or `None` when a synchronous invocation waits for its function.
    pub fn call(&mut self, now: Timestamp, call: CallId, request: Request) -> Option<Result<Response, ApiError>> {
        unimplemented!()
    }

    /// Answers to synchronous invocations that ended.
    pub fn take_answers(&mut self) -> Vec<(CallId, Result<Response, ApiError>)> {
        unimplemented!()
    }

    /// Another service hands an event to a function's asynchronous queue; the function's policy decides.
    pub fn hand_over(
        &mut self,
        now: Timestamp,
        to: &Arn,
        message: Handover,
        from: &Principal,
    ) -> Result<String, Refusal> {
        unimplemented!()
    }

    /// Lets every event source mapping look at its queue.
    pub fn poll(&mut self, now: Timestamp, sqs: &mut Sqs) {
        unimplemented!()
    }

    /// Invocations to start now.
    pub fn take_invocations(&mut self) -> Vec<Invocation> {
        unimplemented!()
    }

    /// An invocation ended.
    pub fn ended(&mut self, now: Timestamp, sqs: &mut Sqs, request_id: &str, ended: Ended, took: Duration) {
        unimplemented!()
    }

    /// Records for destinations and dead-letter queues, to hand on now.
    pub fn take_deliveries(&mut self) -> Vec<Delivery> {
        unimplemented!()
    }

    /// How a delivery went.
    pub fn delivered(&mut self, now: Timestamp, ticket: u64, result: Result<(), Refusal>) {
        unimplemented!()
    }

    /// Whether nothing runs, waits to run or waits to be tried again.
    pub fn is_idle(&self) -> bool {
        unimplemented!()
    }

    /// Lets time pass up to `now`.
    pub fn tick(&mut self, now: Timestamp) {
        unimplemented!()
    }

    /// When [`Self::tick`] or [`Self::poll`] has something to do next.
    pub fn next_wake(&self) -> Option<Timestamp> {
        unimplemented!()
    }

    /// What happened since the last call.
    pub fn take_notes(&mut self) -> Vec<Note> {
        unimplemented!()
    }
}
