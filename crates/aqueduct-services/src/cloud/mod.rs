//! The services together: messages routed from one to the next.

use std::time::Duration;

use aqueduct_topology::Topology;

use crate::lambda::{Ended, Invocation};
use crate::{ApiError, CallId, Note, Site, Timestamp, events, lambda, sns, sqs};

/// An API call of any modelled service.
#[derive(Clone, Debug)]
pub enum Request {
    /// SQS.
    Sqs(sqs::Request),
    /// SNS.
    Sns(sns::Request),
    /// EventBridge and EventBridge Scheduler.
    Events(events::Request),
    /// Lambda.
    Lambda(lambda::Request),
}

/// The answer to a [`Request`].
#[derive(Clone, Debug)]
pub enum Response {
    /// SQS.
    Sqs(sqs::Response),
    /// SNS.
    Sns(sns::Response),
    /// EventBridge and EventBridge Scheduler.
    Events(events::Response),
    /// Lambda.
    Lambda(lambda::Response),
}

/// What the cloud asks of its driver.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Answer a call.
    Answer {
        /// The call.
        call: CallId,
        /// Its answer.
        result: Result<Response, ApiError>,
    },
    /// Run a function, then say how it ended with [`Cloud::ended`].
    Invoke(Invocation),
    /// Something happened.
    Note(Note),
}

/// SQS, SNS, EventBridge and Lambda of one account and Region, wired as a topology says.
#[derive(Debug)]
pub struct Cloud {}

#[expect(unused_variables, clippy::unimplemented, clippy::unused_self, reason = "signatures first")]
impl Cloud {
    /// An empty cloud whose identifiers come from `seed`.
    pub fn new(site: Site, seed: u64) -> Self {
        unimplemented!()
    }

    /// Creates what the topology describes, as its deployment would; the first refusal ends it.
    pub fn provision(&mut self, now: Timestamp, topology: &Topology) -> Result<(), ApiError> {
        unimplemented!()
    }

    /// An API call came in; its answer is an effect, now or later.
    pub fn call(&mut self, now: Timestamp, call: CallId, request: Request) {
        unimplemented!()
    }

    /// The caller hung up before its answer.
    pub fn forget(&mut self, call: CallId) {
        unimplemented!()
    }

    /// An invocation ended.
    pub fn ended(&mut self, now: Timestamp, request_id: &str, ended: Ended, took: Duration) {
        unimplemented!()
    }

    /// Lets time pass up to `now`.
    pub fn tick(&mut self, now: Timestamp) {
        unimplemented!()
    }

    /// When [`Self::tick`] has something to do next.
    pub fn next_wake(&self) -> Option<Timestamp> {
        unimplemented!()
    }

    /// What to do since the last call, in order.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        unimplemented!()
    }

    /// Whether nothing waits, runs or is to be tried again; messages in dead-letter queues rest.
    pub fn is_idle(&self) -> bool {
        unimplemented!()
    }
}
