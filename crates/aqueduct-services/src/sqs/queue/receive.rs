//! The way out of a queue: messages are handed out, hidden, deleted.

use std::time::Duration;

use super::{Queue, send};
use crate::sqs::Received;
use crate::sqs::asked::Asked;
use crate::sqs::handle::Receipt;
use crate::sqs::limits::{IN_FLIGHT_MAX, VISIBILITY_MAX};
use crate::sqs::message::{Origin, Parcel, State};
use crate::sqs::refusal::invalid;
use crate::{ApiError, Notes, Timestamp, What};

/// How a receive takes messages.
#[derive(Clone, Copy, Debug)]
pub(in crate::sqs) struct Take<'a> {
    pub(in crate::sqs) max: usize,
    pub(in crate::sqs) visibility: Duration,
    pub(in crate::sqs) asked: &'a Asked,
    /// The receive count that sends a message to the dead-letter queue, when there is such a queue.
    pub(in crate::sqs) max_receive_count: Option<u32>,
}

/// What a receive took.
#[derive(Debug, Default)]
pub(in crate::sqs) struct Taken {
    pub(in crate::sqs) received: Vec<Received>,
    pub(in crate::sqs) dead: Vec<Parcel>,
}

impl Queue {
    /// Hands messages out. One whose receive count has reached the maximum is given up on instead, which happens on the
    /// receive that would be one more.
    ///
    /// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html>
    pub(in crate::sqs) fn take(&mut self, now: Timestamp, take: Take<'_>, notes: &mut Notes) -> Taken {
        let mut taken = Taken::default();
        let max = take.max.min(IN_FLIGHT_MAX.saturating_sub(self.in_flight));
        let mut slots = Vec::new();
        while taken.received.len() < max {
            self.line.take(&mut self.messages, now, max - taken.received.len(), &mut slots);
            if slots.is_empty() {
                break;
            }
            for slot in slots.drain(..) {
                self.hand_out(now, slot, take, &mut taken, notes);
            }
        }
        taken
    }

    /// Marks a message of the line as in flight, and gives it to the consumer or up.
    fn hand_out(&mut self, now: Timestamp, slot: u32, take: Take<'_>, taken: &mut Taken, notes: &mut Notes) {
        let Some(message) = self.messages.get_mut(slot) else { return };
        let until = now + take.visibility;
        message.state = State::InFlight { since: now, until };
        self.in_flight += 1;
        self.due.insert((until, message.order, slot));
        if take.max_receive_count.is_some_and(|max| message.receive_count >= max) {
            taken.dead.extend(self.remove(now, slot));
            return;
        }
        if message.receive_count == 0 {
            message.first_received_at = now;
        }
        message.receive_count = message.receive_count.saturating_add(1);
        notes.add(|| message.note(now, &self.name, What::Received { count: message.receive_count }));
        let (serial, receive) = (message.serial, message.receive_count);
        self.mark_state(serial, slot);
        let receipt = Receipt { serial, slot, receive };
        taken.received.extend(self.received(slot, receipt, take.asked));
    }

    /// A message as its consumer gets it with this receipt.
    pub(super) fn received(&self, slot: u32, receipt: Receipt, asked: &Asked) -> Option<Received> {
        let message = self.messages.get(slot)?;
        let origin = Origin {
            arn: &self.arn,
            sender: self.arn.account(),
            group: self.groups.name(message.group),
            sequence_number: self.settings.fifo.then(|| send::sequence_number(message.sequence)),
        };
        Some(message.received(receipt.handle(self.salt), origin, asked))
    }

    /// Where the message of a receipt is, if it is still here.
    pub(super) fn find(&self, receipt: Receipt) -> Option<u32> {
        let is_there = self.messages.get(receipt.slot).is_some_and(|message| message.serial == receipt.serial);
        if is_there { Some(receipt.slot) } else { self.moved.get(&receipt.serial).copied() }
    }

    /// Deletes a message by the handle of its latest receive.
    ///
    /// A message that is gone is no error. An older handle deletes nothing on a standard queue; on a FIFO queue a
    /// handle is void once the visibility timeout is over.
    /// Recorded by LocalStack's AWS-validated tests `test_delete_after_visibility_timeout` and
    /// `test_fifo_delete_after_visibility_timeout`.
    pub(in crate::sqs) fn delete(&mut self, now: Timestamp, handle: &str, notes: &mut Notes) -> Result<(), ApiError> {
        let receipt = Receipt::parse(handle, self.salt)?;
        let Some(slot) = self.find(receipt) else { return Ok(()) };
        let Some(message) = self.messages.get(slot) else { return Ok(()) };
        let is_latest = message.receive_count == receipt.receive;
        let is_held = matches!(message.state, State::InFlight { .. });
        if self.settings.fifo && !(is_latest && is_held) {
            return Err(invalid(handle, "ReceiptHandle", "The receipt handle has expired."));
        }
        if is_latest && let Some(parcel) = self.remove(now, slot) {
            notes.add(|| parcel.message.note(now, &self.name, What::Deleted));
        }
        Ok(())
    }

    /// Hides a message in flight for `seconds` from now.
    ///
    /// A receive never holds a message for more than twelve hours. On a standard queue a call succeeds even when the
    /// message is visible again, and changes nothing then, and an older handle than the latest serves too. Recorded by
    /// LocalStack's AWS-validated tests `test_change_message_visibility_after_visibility_timeout_expiration` and
    /// `test_terminate_visibility_timeout_after_receive`.
    /// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html>
    pub(in crate::sqs) fn change_visibility(
        &mut self,
        now: Timestamp,
        handle: &str,
        seconds: u64,
    ) -> Result<(), ApiError> {
        let out_of_range = |reason: &str| Err(invalid(&seconds.to_string(), "VisibilityTimeout", reason));
        if seconds > VISIBILITY_MAX.as_secs() {
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
        let slot = self.find(receipt).ok_or_else(unavailable)?;
        let message = self.messages.get(slot).ok_or_else(unavailable)?;
        if self.settings.fifo && message.receive_count != receipt.receive {
            return Err(unavailable());
        }
        let State::InFlight { since, .. } = message.state else {
            return if self.settings.fifo { Err(unavailable()) } else { Ok(()) };
        };
        if (now + Duration::from_secs(seconds)).since(since) > VISIBILITY_MAX {
            return out_of_range("Total VisibilityTimeout for the message is beyond the limit [43200 seconds].");
        }
        self.hide(now, slot, Duration::from_secs(seconds));
        Ok(())
    }

    /// Hides a message in flight for `visibility` from now, twelve hours after its receive at most, and answers until
    /// when.
    pub(super) fn hide(&mut self, now: Timestamp, slot: u32, visibility: Duration) -> Timestamp {
        let Some(message) = self.messages.get_mut(slot) else { return now };
        let State::InFlight { since, until } = message.state else { return now };
        let later = (now + visibility).min(since + VISIBILITY_MAX);
        message.state = State::InFlight { since, until: later };
        self.due.remove(&(until, message.order, slot));
        self.due.insert((later, message.order, slot));
        let serial = message.serial;
        self.mark_state(serial, slot);
        later
    }
}
