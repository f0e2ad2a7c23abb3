//! One queue: messages wait, are hidden while a consumer has them, come back, and leave.

mod fair;
mod fifo;
mod line;
mod send;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aqueduct_topology::Arn;

use self::line::Line;
pub(super) use self::send::Submission;
use super::Received;
use super::deduplication::Deduplication;
use super::handle::Receipt;
use super::message::{Message, State};
use super::refusal::invalid;
use super::settings::{Settings, VISIBILITY_SECONDS_MAX};
use crate::{ApiError, Note, Timestamp, What};

/// The most messages in flight.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>
pub(super) const IN_FLIGHT_MAX: usize = 120_000;

/// A standard queue's message that was received this often without being deleted goes to the back of the queue.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html>
const RECEIVES_BEFORE_BACK: u32 = 3;

/// How a receive takes messages.
#[derive(Clone, Copy, Debug)]
pub(super) struct Take {
    pub(super) max: usize,
    pub(super) visibility: Duration,
    /// The receive count that sends a message to the dead-letter queue, when there is such a queue.
    pub(super) max_receive_count: Option<u32>,
}

/// What a receive took.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) received: Vec<Received>,
    pub(super) dead: Vec<Message>,
}

/// A queue.
#[derive(Debug)]
pub(super) struct Queue {
    pub(super) name: String,
    pub(super) arn: Arn,
    pub(super) created: Timestamp,
    pub(super) modified: Timestamp,
    pub(super) settings: Settings,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) purged: Option<Timestamp>,
    /// Tells this queue's receipt handles from those of others.
    salt: u64,
    /// The account that sends by the API.
    sender: String,
    messages: BTreeMap<u64, Message>,
    line: Line,
    /// Ends of delay and of visibility.
    due: BTreeSet<(Timestamp, u64)>,
    /// Messages by the time from which their retention counts.
    by_age: BTreeSet<(Timestamp, u64)>,
    deduplication: Deduplication,
    next_key: u64,
    next_order: u64,
    delayed: usize,
    in_flight: usize,
}

impl Queue {
    /// An empty queue.
    pub(super) fn new(now: Timestamp, arn: Arn, settings: Settings, salt: u64) -> Self {
        Self {
            name: arn.name().to_owned(),
            sender: arn.account().to_owned(),
            line: Line::new(settings.fifo),
            arn,
            created: now,
            modified: now,
            settings,
            tags: BTreeMap::new(),
            purged: None,
            salt,
            messages: BTreeMap::new(),
            due: BTreeSet::new(),
            by_age: BTreeSet::new(),
            deduplication: Deduplication::default(),
            next_key: 0,
            next_order: 0,
            delayed: 0,
            in_flight: 0,
        }
    }

    /// How many messages wait to be received.
    pub(super) fn visible(&self) -> usize {
        self.messages.len() - self.delayed - self.in_flight
    }

    /// How many messages are in flight.
    pub(super) fn in_flight(&self) -> usize {
        self.in_flight
    }

    /// How many messages are delayed.
    pub(super) fn delayed(&self) -> usize {
        self.delayed
    }

    /// The bodies of all messages.
    #[cfg(test)]
    pub(super) fn bodies(&self) -> impl Iterator<Item = String> {
        self.messages.values().map(|message| message.body.clone())
    }

    /// Whether there is no message at all.
    pub(super) fn is_empty(&self) -> bool {
        self.messages.is_empty()
    }

    /// Whether a receive would find a message.
    pub(super) fn has_open(&self) -> bool {
        self.line.has_open()
    }

    /// When [`Self::advance`] has something to do next.
    pub(super) fn next_wake(&self) -> Option<Timestamp> {
        let due = self.due.first().map(|(at, _)| *at);
        let expiry = self.by_age.first().map(|(since, _)| *since + self.settings.retention);
        due.into_iter().chain(expiry).min()
    }

    /// Lets retention, delay and visibility end that end by `now`.
    pub(super) fn advance(&mut self, now: Timestamp, notes: &mut Vec<Note>) {
        while let Some(&(since, key)) = self.by_age.first()
            && since + self.settings.retention <= now
        {
            if let Some(message) = self.remove(now, key) {
                notes.push(message.note(now, &self.name, What::Expired));
            }
        }
        while let Some(&(at, key)) = self.due.first()
            && at <= now
        {
            self.due.pop_first();
            self.surface(now, key, notes);
        }
    }

    /// Makes a delayed or hidden message ready.
    fn surface(&mut self, now: Timestamp, key: u64, notes: &mut Vec<Note>) {
        let Some(message) = self.messages.get_mut(&key) else { return };
        match message.state {
            State::Ready => return,
            State::Delayed { .. } => self.delayed -= 1,
            State::InFlight { .. } => {
                self.in_flight -= 1;
                self.line.release(message, now);
                if !self.settings.fifo && message.receive_count >= RECEIVES_BEFORE_BACK {
                    message.order = self.next_order;
                    self.next_order += 1;
                }
                notes.push(message.note(now, &self.name, What::Returned));
            }
        }
        message.state = State::Ready;
        self.line.add(message, key);
    }

    /// Puts a message in, whose state says whether it is delayed.
    fn insert(&mut self, mut message: Message) {
        message.order = self.next_order;
        self.next_order += 1;
        self.put_back(message);
    }

    /// Puts a message in at the place that it has already.
    pub(super) fn put_back(&mut self, message: Message) {
        let key = self.next_key;
        self.next_key += 1;
        self.by_age.insert((message.sent_at, key));
        if let State::Delayed { until } = message.state {
            self.delayed += 1;
            self.due.insert((until, key));
        } else {
            self.line.add(&message, key);
        }
        self.messages.insert(key, message);
    }

    /// Takes a message out, whatever its state.
    fn remove(&mut self, now: Timestamp, key: u64) -> Option<Message> {
        let message = self.messages.remove(&key)?;
        self.by_age.remove(&(message.sent_at, key));
        match message.state {
            State::Ready => self.line.withdraw(&message),
            State::Delayed { until } => {
                self.delayed -= 1;
                self.due.remove(&(until, key));
            }
            State::InFlight { until, .. } => {
                self.in_flight -= 1;
                self.due.remove(&(until, key));
                self.line.release(&message, now);
            }
        }
        Some(message)
    }

    /// Takes out the next message that a receive would give, without receiving it.
    pub(super) fn lift(&mut self, now: Timestamp) -> Option<Message> {
        let key = *self.line.take(now, 1).first()?;
        // The line counts what it gave as in flight, from where `remove` takes it out.
        self.messages.get_mut(&key)?.state = State::InFlight { since: now, until: now };
        self.in_flight += 1;
        let message = self.remove(now, key)?;
        Some(Message { state: State::Ready, ..message })
    }

    /// Takes a message that its source queue gives up on.
    ///
    /// Its id and receive count stay. Its age stays on a standard queue and starts anew on a FIFO queue, where its id
    /// takes the place of its deduplication id.
    /// Sources: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html>,
    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html>
    pub(super) fn bury(&mut self, now: Timestamp, mut message: Message, source: &Arn) {
        if self.settings.fifo {
            message.sent_at = now;
            message.deduplication_id = Some(message.id.clone());
        }
        message.dead_letter_source = Some(source.clone());
        message.state = State::Ready;
        self.insert(message);
    }

    /// Hands messages out. One whose receive count has reached the maximum is given up on instead, which happens on the
    /// receive that would be one more.
    ///
    /// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html>
    pub(super) fn take(&mut self, now: Timestamp, take: Take, notes: &mut Vec<Note>) -> Taken {
        let mut taken = Taken::default();
        let max = take.max.min(IN_FLIGHT_MAX.saturating_sub(self.in_flight));
        while taken.received.len() < max {
            let keys = self.line.take(now, max - taken.received.len());
            if keys.is_empty() {
                break;
            }
            for key in keys {
                self.hand_out(now, key, take, &mut taken, notes);
            }
        }
        taken
    }

    /// Marks a message of the line as in flight, and gives it to the consumer or up.
    fn hand_out(&mut self, now: Timestamp, key: u64, take: Take, taken: &mut Taken, notes: &mut Vec<Note>) {
        let Some(message) = self.messages.get_mut(&key) else { return };
        let until = now + take.visibility;
        message.state = State::InFlight { since: now, until };
        self.in_flight += 1;
        self.due.insert((until, key));
        if take.max_receive_count.is_some_and(|max| message.receive_count >= max) {
            taken.dead.extend(self.remove(now, key));
            return;
        }
        message.receive_count = message.receive_count.saturating_add(1);
        message.first_received_at.get_or_insert(now);
        notes.push(message.note(now, &self.name, What::Received { count: message.receive_count }));
        let receipt = Receipt { message: key, receive: message.receive_count };
        taken.received.push(message.received(receipt.handle(self.salt), &self.arn));
    }

    /// Deletes a message by the handle of its latest receive.
    ///
    /// A message that is gone is no error. An older handle deletes nothing on a standard queue; on a FIFO queue a
    /// handle is void once the visibility timeout is over.
    /// Recorded by LocalStack's AWS-validated tests `test_delete_after_visibility_timeout` and
    /// `test_fifo_delete_after_visibility_timeout`.
    pub(super) fn delete(&mut self, now: Timestamp, handle: &str, notes: &mut Vec<Note>) -> Result<(), ApiError> {
        let receipt = Receipt::parse(handle, self.salt)?;
        let Some(message) = self.messages.get(&receipt.message) else { return Ok(()) };
        let is_latest = message.receive_count == receipt.receive;
        let is_held = matches!(message.state, State::InFlight { .. });
        if self.settings.fifo && !(is_latest && is_held) {
            return Err(invalid(handle, "ReceiptHandle", "The receipt handle has expired."));
        }
        if is_latest && let Some(message) = self.remove(now, receipt.message) {
            notes.push(message.note(now, &self.name, What::Deleted));
        }
        Ok(())
    }

    /// Hides a message in flight for `seconds` from now.
    ///
    /// A receive never holds a message for more than twelve hours. On a standard queue a call with the latest handle
    /// succeeds even when the message is visible again, and changes nothing then: recorded by LocalStack's
    /// AWS-validated test `test_change_message_visibility_after_visibility_timeout_expiration`.
    /// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html>
    pub(super) fn change_visibility(&mut self, now: Timestamp, handle: &str, seconds: u64) -> Result<(), ApiError> {
        let out_of_range = |reason: &str| Err(invalid(&seconds.to_string(), "VisibilityTimeout", reason));
        if seconds > VISIBILITY_SECONDS_MAX {
            return out_of_range("Must be between 0 and 43200.");
        }
        let receipt = Receipt::parse(handle, self.salt)?;
        let unavailable = || {
            invalid(
                handle,
                "ReceiptHandle",
                "Message does not exist or is not available for visibility timeout change.",
            )
        };
        let message = self.messages.get_mut(&receipt.message).ok_or_else(unavailable)?;
        if message.receive_count != receipt.receive {
            return Err(unavailable());
        }
        let State::InFlight { since, until } = message.state else {
            return if self.settings.fifo { Err(unavailable()) } else { Ok(()) };
        };
        let later = now + Duration::from_secs(seconds);
        if later.since(since) > Duration::from_secs(VISIBILITY_SECONDS_MAX) {
            return out_of_range("Total VisibilityTimeout for the message is beyond the limit [43200 seconds].");
        }
        message.state = State::InFlight { since, until: later };
        self.due.remove(&(until, receipt.message));
        self.due.insert((later, receipt.message));
        Ok(())
    }

    /// Changes the settings. A FIFO queue's new delay also counts for messages that wait already.
    ///
    /// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-delay-queues.html>
    pub(super) fn set(&mut self, now: Timestamp, settings: Settings) {
        let is_new_delay = settings.fifo && settings.delay != self.settings.delay;
        self.settings = settings;
        self.modified = now;
        if !is_new_delay {
            return;
        }
        let delay = self.settings.delay;
        for (key, message) in &mut self.messages {
            if let State::Delayed { until } = message.state {
                let later = message.sent_at + delay;
                self.due.remove(&(until, *key));
                self.due.insert((later, *key));
                message.state = State::Delayed { until: later };
            }
        }
    }

    /// Empties the queue.
    pub(super) fn clear(&mut self, now: Timestamp, reason: &str, notes: &mut Vec<Note>) {
        for message in std::mem::take(&mut self.messages).into_values() {
            notes.push(message.note(now, &self.name, What::Lost { reason: reason.to_owned() }));
        }
        self.line = Line::new(self.settings.fifo);
        self.due.clear();
        self.by_age.clear();
        (self.delayed, self.in_flight) = (0, 0);
    }
}
