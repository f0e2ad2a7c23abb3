//! Amazon SQS: standard and FIFO queues.
//!
//! Counts and attributes are exact and change at once, where SQS's own are approximate and may take a minute. Each message
//! is handed out once per visibility timeout, and a short poll sees all messages.
//!
//! Not modelled: permissions for other accounts (`AddPermission` and `RemovePermission` are refused by name); throughput
//! quotas; encryption itself, whose settings are kept and answered; the noise that a tenant of a fair queue makes by long
//! processing alone.

mod admin;
mod api;
mod asked;
mod batch;
mod borrowed;
mod checksum;
mod content;
mod deduplication;
mod deduplication_id;
mod durable;
mod handle;
mod liberty;
pub mod limits;
mod message;
mod messages;
mod move_task;
mod moves;
mod polls;
mod queue;
mod received;
mod redrive;
mod refusal;
mod settings;
mod shelf;
mod window;

#[cfg(test)]
mod durable_tests;
#[cfg(test)]
mod moves_tests;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aqueduct_topology::Arn;

use self::borrowed::Borrowed;
use self::durable::Restoring;
use self::move_task::MoveTask;
use self::queue::Queue;
use self::shelf::Shelf;
use crate::keep::Kept;
use crate::{ApiError, CallId, Change, Handover, Ids, Note, Notes, Principal, Refusal, Site, Timestamp, Watch};

pub use api::{
    Attributes, BatchResult, CancelMessageMoveTask, ChangeEntry, ChangeMessageVisibility, ChangeMessageVisibilityBatch,
    CreateQueue, DeadLetterSources, DeleteEntry, DeleteMessage, DeleteMessageBatch, DeleteQueue, DoneEntry,
    FailedEntry, GetQueueAttributes, GetQueueUrl, ListDeadLetterSourceQueues, ListMessageMoveTasks, ListQueueTags,
    ListQueues, Messages, PurgeQueue, QueueUrl, Queues, ReceiveMessage, Request, Response, SendEntry, SendMessage,
    SendMessageBatch, Sent, SentEntry, SetQueueAttributes, StartMessageMoveTask, TagQueue, Tags, UntagQueue,
};
pub use liberty::{Liberties, Liberty};
pub use move_task::{CancelledMoveTask, MoveTaskEntry, MoveTasks, StartedMoveTask};
pub use received::{Body, Received};

/// All queues of one account and Region.
#[derive(Debug)]
pub struct Sqs {
    site: Site,
    ids: Ids,
    queues: Shelf,
    /// Names of deleted queues, which are not free again at once.
    deleted: Kept<String, Timestamp>,
    /// Queues that keep dead letters of other services.
    resting: BTreeSet<String>,
    /// Queues of another cloud, by ARN.
    borrowed: BTreeMap<Arn, Borrowed>,
    /// What standard queues do with messages now and then.
    liberties: Option<Liberties>,
    /// Message move tasks, the latest last.
    moves: Kept<u64, MoveTask>,
    /// When one of them has something to do.
    next_move: Option<Timestamp>,
    answers: Vec<(CallId, Result<Response, ApiError>)>,
    notes: Notes,
    /// Changes of queues that are deleted.
    gone: Vec<Change>,
    /// Records that came back, until all are there.
    restoring: Option<Box<Restoring>>,
}

impl Sqs {
    /// No queues yet.
    pub fn new(site: Site, ids: Ids) -> Self {
        Self {
            site,
            ids,
            queues: Shelf::default(),
            deleted: Kept::default(),
            resting: BTreeSet::new(),
            borrowed: BTreeMap::new(),
            liberties: None,
            moves: Kept::default(),
            next_move: None,
            answers: Vec::new(),
            notes: Notes::default(),
            gone: Vec::new(),
            restoring: None,
        }
    }

    /// Creates a queue with attributes named as in `CreateQueue`; again with the same attributes answers the same queue.
    pub fn create(
        &mut self,
        now: Timestamp,
        name: &str,
        attributes: BTreeMap<String, String>,
    ) -> Result<Arn, ApiError> {
        self.tick(now);
        self.create_queue(now, CreateQueue { queue_name: name.to_owned(), attributes, tags: BTreeMap::new() })?;
        Ok(self.site.arn("sqs", name))
    }

    /// Lets messages rest in a queue that keeps the dead letters of another service, or that nothing polls, as far as
    /// [`Self::is_idle`] goes.
    /// Targets of a `RedrivePolicy` rest without being named here.
    pub fn rest(&mut self, queue: &Arn) {
        self.resting.insert(queue.name().to_owned());
    }

    /// Says which liberties the standard queues take that are created from now on; none by default.
    pub fn set_liberties(&mut self, liberties: Liberties) {
        self.liberties = Some(liberties);
    }

    /// A queue's visibility timeout, `None` when there is no such queue.
    pub fn visibility_timeout(&self, queue: &Arn) -> Option<Duration> {
        let borrowed = self.borrowed.get(queue).map(|borrowed| borrowed.visibility);
        borrowed.or_else(|| self.by_arn(queue).map(|queue| queue.settings.visibility))
    }

    /// How many messages wait to be received; in a borrowed queue, of which that is not known, one may.
    pub fn visible(&self, queue: &Arn) -> usize {
        if self.borrowed.contains_key(queue) {
            return 1;
        }
        self.by_arn(queue).map_or(0, Queue::visible)
    }

    /// Answers a call, or `None` when a long poll waits: its answer comes out of [`Self::take_answers`].
    pub fn call(&mut self, now: Timestamp, call: CallId, request: Request) -> Option<Result<Response, ApiError>> {
        self.tick(now);
        let result = self.perform(now, call, request);
        // What the call changed may be what a long poll waits for.
        self.tick(now);
        result
    }

    fn perform(&mut self, now: Timestamp, call: CallId, request: Request) -> Option<Result<Response, ApiError>> {
        let result = match request {
            Request::ReceiveMessage(input) => return self.receive_message(now, call, &input),
            Request::CreateQueue(input) => self.create_queue(now, input),
            Request::DeleteQueue(input) => self.delete_queue(now, &input),
            Request::ListQueues(input) => self.list_queues(&input),
            Request::GetQueueUrl(input) => self.queue_url(&input),
            Request::GetQueueAttributes(input) => self.queue_attributes(&input),
            Request::SetQueueAttributes(input) => self.set_queue_attributes(now, &input),
            Request::SendMessage(input) => self.send_message(now, input),
            Request::SendMessageBatch(input) => self.send_message_batch(now, input),
            Request::DeleteMessage(input) => self.delete_message(now, &input),
            Request::DeleteMessageBatch(input) => self.delete_message_batch(now, input),
            Request::ChangeMessageVisibility(input) => self.change_message_visibility(now, &input),
            Request::ChangeMessageVisibilityBatch(input) => self.change_message_visibility_batch(now, input),
            Request::PurgeQueue(input) => self.purge_queue(now, &input),
            Request::ListDeadLetterSourceQueues(input) => self.list_dead_letter_sources(&input),
            Request::StartMessageMoveTask(input) => self.start_move_task(now, &input),
            Request::CancelMessageMoveTask(input) => self.cancel_move_task(&input),
            Request::ListMessageMoveTasks(input) => self.list_move_tasks(&input),
            Request::TagQueue(input) => self.tag_queue(input),
            Request::UntagQueue(input) => self.untag_queue(&input),
            Request::ListQueueTags(input) => self.list_queue_tags(&input),
        };
        Some(result)
    }

    /// The caller of a long poll hung up.
    pub fn forget(&mut self, call: CallId) {
        self.queues.forget(call);
    }

    /// Answers to long polls that became ready.
    pub fn take_answers(&mut self) -> Vec<(CallId, Result<Response, ApiError>)> {
        std::mem::take(&mut self.answers)
    }

    /// Another service hands a message over; the queue's policy decides, unless the service acts through a role.
    /// The answer is the message's id.
    pub fn hand_over(
        &mut self,
        now: Timestamp,
        queue: &Arn,
        message: Handover,
        from: &Principal,
    ) -> Result<String, Refusal> {
        self.tick(now);
        let id = self.accept_handover(now, queue, message, from)?;
        self.tick(now);
        Ok(id)
    }

    /// Receives as an event source mapping does: up to `max` messages (beyond the API's 10), at once.
    pub fn receive(&mut self, now: Timestamp, queue: &Arn, max: usize) -> Result<Vec<Received>, ApiError> {
        if let Some(borrowed) = self.borrowed.get_mut(queue) {
            return Ok(borrowed.receive(now, max, &mut self.notes));
        }
        self.tick(now);
        let visibility = self.visibility_timeout(queue).ok_or_else(refusal::no_queue)?;
        let received = self.take_messages(now, queue.name(), max, visibility);
        self.tick(now);
        Ok(received)
    }

    /// Deletes a message in flight.
    pub fn delete(&mut self, now: Timestamp, queue: &Arn, receipt_handle: &str) -> Result<(), ApiError> {
        if let Some(borrowed) = self.borrowed.get_mut(queue) {
            borrowed.delete(receipt_handle);
            return Ok(());
        }
        self.tick(now);
        let mut queue = self.queues.get_mut(queue.name()).ok_or_else(refusal::no_queue)?;
        queue.delete(now, receipt_handle, &mut self.notes)?;
        drop(queue);
        self.tick(now);
        Ok(())
    }

    /// Hides a message in flight for `timeout` from now, in whole seconds; zero lets it return at once.
    pub fn change_visibility(
        &mut self,
        now: Timestamp,
        queue: &Arn,
        receipt_handle: &str,
        timeout: Duration,
    ) -> Result<(), ApiError> {
        self.tick(now);
        let mut queue = self.queues.get_mut(queue.name()).ok_or_else(refusal::no_queue)?;
        queue.change_visibility(now, receipt_handle, timeout.as_secs())?;
        drop(queue);
        self.tick(now);
        Ok(())
    }

    /// Whether nothing waits or is in flight in any queue that is not somebody's dead-letter queue, and no message is
    /// being moved out of one.
    pub fn is_idle(&self) -> bool {
        let rests = |name: &str| self.resting.contains(name) || self.redrive_targets().any(|target| target == name);
        let rest = self.queues.values().all(|queue| queue.is_empty() || rests(&queue.name));
        rest && !self.moves.values().any(MoveTask::is_active) && self.borrowed.values().all(Borrowed::is_idle)
    }

    /// Lets time pass: ends of visibility, delay, retention and long polls, and moves of messages, up to `now`.
    pub fn tick(&mut self, now: Timestamp) {
        while let Some(mut queue) = self.queues.due(now) {
            queue.advance(now, &mut self.notes);
        }
        self.advance_moves(now);
        self.serve_polls(now);
    }

    /// When [`Self::tick`] has something to do next.
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.queues.next_wake().into_iter().chain(self.next_move).min()
    }

    /// What happened since the last call.
    pub fn take_notes(&mut self) -> Vec<Note> {
        self.notes.take()
    }

    /// Says which notes somebody wants; all by default. No others are made.
    pub const fn set_watch(&mut self, watch: Watch) {
        self.notes.set_watch(watch);
    }

    fn by_arn(&self, arn: &Arn) -> Option<&Queue> {
        self.queues.get(arn.name()).filter(|queue| *queue.arn == *arn)
    }

    /// The name of the queue that a URL names, `…/account/name`, or that stands there for itself: recorded by
    /// LocalStack's AWS-validated test `test_posting_to_queue_via_queue_name`.
    fn name_in<'u>(&self, url: &'u str) -> Result<&'u str, ApiError> {
        if url.is_empty() {
            return Err(refusal::missing("QueueUrl"));
        }
        let mut pieces = url.trim_end_matches('/').rsplit('/');
        let (name, account) = (pieces.next().unwrap_or_default(), pieces.next());
        let is_ours = account.is_none_or(|account| account == self.site.account);
        is_ours.then_some(name).ok_or_else(refusal::no_queue)
    }

    /// The queue that a URL names.
    fn at_url(&self, url: &str) -> Result<&Queue, ApiError> {
        self.queues.get(self.name_in(url)?).ok_or_else(refusal::no_queue)
    }

    /// Names of the queues that a `RedrivePolicy` of another names.
    fn redrive_targets(&self) -> impl Iterator<Item = &str> {
        self.queues.values().filter_map(|queue| Some(queue.settings.redrive.as_ref()?.value.target.name()))
    }
}
