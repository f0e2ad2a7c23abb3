//! Amazon SQS: standard and FIFO queues.

mod api;
mod received;

use std::collections::BTreeMap;
use std::time::Duration;

use aqueduct_topology::Arn;

use crate::{ApiError, CallId, Handover, Ids, Note, Principal, Refusal, Site, Timestamp};

pub use api::{
    Attributes, BatchResult, ChangeEntry, ChangeMessageVisibility, ChangeMessageVisibilityBatch, CreateQueue,
    DeadLetterSources, DeleteEntry, DeleteMessage, DeleteMessageBatch, DeleteQueue, DoneEntry, FailedEntry,
    GetQueueAttributes, GetQueueUrl, ListDeadLetterSourceQueues, ListQueueTags, ListQueues, Messages, PurgeQueue,
    QueueUrl, Queues, ReceiveMessage, Request, Response, SendEntry, SendMessage, SendMessageBatch, Sent, SentEntry,
    SetQueueAttributes, TagQueue, Tags, UntagQueue,
};
pub use received::Received;

/// All queues of one account and Region.
#[derive(Debug)]
pub struct Sqs {}

#[expect(unused_variables, clippy::unimplemented, clippy::unused_self, reason = "signatures first")]
impl Sqs {
    /// No queues yet.
    pub fn new(site: Site, ids: Ids) -> Self {
        unimplemented!()
    }

    /// Creates a queue with attributes named as in `CreateQueue`; again with the same attributes answers the same queue.
    pub fn create(
        &mut self,
        now: Timestamp,
        name: &str,
        attributes: BTreeMap<String, String>,
    ) -> Result<Arn, ApiError> {
        unimplemented!()
    }

    /// Lets messages rest in a queue that keeps the dead letters of another service, as far as [`Self::is_idle`] goes.
    /// Targets of a `RedrivePolicy` rest without being named here.
    pub fn rest(&mut self, queue: &Arn) {
        unimplemented!()
    }

    /// A queue's visibility timeout, `None` when there is no such queue.
    pub fn visibility_timeout(&self, queue: &Arn) -> Option<Duration> {
        unimplemented!()
    }

    /// How many messages could be received now.
    pub fn visible(&self, queue: &Arn) -> usize {
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

    /// Hides a message in flight for `timeout` from now; zero lets it return at once.
    pub fn change_visibility(
        &mut self,
        now: Timestamp,
        queue: &Arn,
        receipt_handle: &str,
        timeout: Duration,
    ) -> Result<(), ApiError> {
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
