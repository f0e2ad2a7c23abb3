//! Amazon SQS: standard and FIFO queues.

use aqueduct_topology::Arn;

use crate::{ApiError, CallId, Handover, Ids, Note, Principal, Refusal, Site, Timestamp};

/// A call of the SQS API.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Request {}

/// The answer to a [`Request`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Response {}

/// A message in the hands of a consumer.
#[derive(Clone, Debug)]
pub struct Received {}

/// All queues of one account and Region.
#[derive(Debug)]
pub struct Sqs {}

#[expect(unused_variables, clippy::unimplemented, clippy::unused_self, reason = "signatures first")]
impl Sqs {
    /// No queues yet.
    pub fn new(site: Site, ids: Ids) -> Self {
        unimplemented!()
    }

    /// Answers a call, or `None` when a long poll waits: its answer comes out of [`Self::take_answers`].
    pub fn call(&mut self, now: Timestamp, call: CallId, request: Request) -> Option<Result<Response, ApiError>> {
        unimplemented!()
    }

    /// The caller of a long poll hung up.
    pub fn forget(&mut self, call: CallId) {
        unimplemented!()
    }

    /// Answers to long polls that became ready.
    pub fn take_answers(&mut self) -> Vec<(CallId, Result<Response, ApiError>)> {
        unimplemented!()
    }

    /// Another service hands a message over; the queue's policy decides.
    pub fn hand_over(
        &mut self,
        now: Timestamp,
        queue: &Arn,
        message: Handover,
        from: &Principal,
    ) -> Result<String, Refusal> {
        unimplemented!()
    }

    /// Receives as an event source mapping does: up to `max` messages (beyond the API's 10), at once.
    pub fn receive(&mut self, now: Timestamp, queue: &Arn, max: usize) -> Result<Vec<Received>, ApiError> {
        unimplemented!()
    }

    /// Deletes a message in flight.
    pub fn delete(&mut self, now: Timestamp, queue: &Arn, receipt_handle: &str) -> Result<(), ApiError> {
        unimplemented!()
    }

    /// Whether nothing waits or is in flight in any queue that is not somebody's dead-letter queue.
    pub fn is_idle(&self) -> bool {
        unimplemented!()
    }

    /// Lets time pass: ends of visibility, delay, retention and long polls up to `now`.
    pub fn tick(&mut self, now: Timestamp) {
        unimplemented!()
    }

    /// When [`Self::tick`] has something to do next.
    pub fn next_wake(&self) -> Option<Timestamp> {
        unimplemented!()
    }

    /// What happened since the last call.
    pub fn take_notes(&mut self) -> Vec<Note> {
        unimplemented!()
    }
}
