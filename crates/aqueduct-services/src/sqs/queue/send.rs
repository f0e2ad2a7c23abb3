//! The way into a queue.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::Queue;
use crate::sqs::api::{SendEntry, SendMessage, Sent};
use crate::sqs::deduplication::{First, content_id};
use crate::sqs::message::{Group, Message, State};
use crate::sqs::refusal::{invalid, invalid_value, missing};
use crate::sqs::{checksum, content};
use crate::{ApiError, Handover, Ids, MessageAttributeValue, Note, Timestamp, What};

/// The longest delay of a message, in seconds.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
const DELAY_SECONDS_MAX: i64 = 900;

/// The first sequence number of a queue; numbers have 20 digits and grow.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
const SEQUENCE_FIRST: u128 = 18_850_000_000_000_000_000;

/// A message on its way in.
#[derive(Clone, Debug, Default)]
pub(in crate::sqs) struct Submission {
    pub(in crate::sqs) body: String,
    pub(in crate::sqs) delay_seconds: Option<i64>,
    pub(in crate::sqs) attributes: BTreeMap<String, MessageAttributeValue>,
    pub(in crate::sqs) system_attributes: BTreeMap<String, MessageAttributeValue>,
    pub(in crate::sqs) group: Option<String>,
    pub(in crate::sqs) deduplication_id: Option<String>,
}

impl Submission {
    /// The bytes that count against the limits.
    pub(in crate::sqs) fn size(&self) -> usize {
        content::size(&self.body, &self.attributes)
    }
}

impl From<SendMessage> for Submission {
    fn from(input: SendMessage) -> Self {
        Self {
            body: input.message_body,
            delay_seconds: input.delay_seconds,
            attributes: input.message_attributes,
            system_attributes: input.message_system_attributes,
            group: input.message_group_id,
            deduplication_id: input.message_deduplication_id,
        }
    }
}

impl From<SendEntry> for Submission {
    fn from(input: SendEntry) -> Self {
        Self {
            body: input.message_body,
            delay_seconds: input.delay_seconds,
            attributes: input.message_attributes,
            system_attributes: input.message_system_attributes,
            group: input.message_group_id,
            deduplication_id: input.message_deduplication_id,
        }
    }
}

impl From<Handover> for Submission {
    fn from(message: Handover) -> Self {
        Self {
            body: message.body,
            attributes: message.attributes,
            group: message.group,
            deduplication_id: message.deduplication_id,
            ..Self::default()
        }
    }
}

impl Queue {
    /// Accepts a message, or recognises it as a duplicate and answers the first one.
    pub(in crate::sqs) fn send(
        &mut self,
        now: Timestamp,
        message: Submission,
        ids: &mut Ids,
        notes: &mut Vec<Note>,
    ) -> Result<Sent, ApiError> {
        self.check(&message)?;
        let delay = self.delay_of(&message)?;
        let group: Group = message.group.as_deref().map(Arc::from);
        let deduplication_id = self.deduplication_id_of(&message)?;
        let mut sent = Sent {
            md5_of_message_body: checksum::of_body(&message.body),
            md5_of_message_attributes: checksum::of_attributes(&message.attributes),
            md5_of_message_system_attributes: checksum::of_attributes(&message.system_attributes),
            ..Sent::default()
        };
        let key = self.deduplication_key(&group, deduplication_id.as_ref());
        if let Some(first) = key.as_ref().and_then(|key| self.deduplication.first(now, key)) {
            sent.message_id.clone_from(&first.message_id);
            sent.sequence_number.clone_from(&first.sequence_number);
            return Ok(sent);
        }
        sent.message_id = ids.uuid();
        sent.sequence_number = self.settings.fifo.then(|| self.sequence_number());
        if let Some(key) = key {
            let first = First { message_id: sent.message_id.clone(), sequence_number: sent.sequence_number.clone() };
            self.deduplication.remember(now, key, first);
        }
        let state = after(now, delay);
        let accepted = self.accepted(now, message, &sent, group, deduplication_id, state);
        notes.push(accepted.note(now, &self.name, What::Sent));
        self.insert(accepted);
        Ok(sent)
    }

    /// Whether a message that is moved here fits.
    pub(in crate::sqs) fn has_room_for(&self, message: &Message) -> bool {
        content::size(&message.body, &message.attributes) <= self.settings.message_bytes_max
    }

    /// Takes a message that a move task brings: a new message, with an id, an age and a receive count of its own.
    ///
    /// Its deduplication id counts for sends that follow; it is not itself held back, for a move loses nothing.
    /// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html>
    pub(in crate::sqs) fn adopt(&mut self, now: Timestamp, message: Message, id: String, notes: &mut Vec<Note>) {
        let message = Message {
            id,
            sequence_number: self.settings.fifo.then(|| self.sequence_number()),
            sent_at: now,
            first_received_at: None,
            receive_count: 0,
            dead_letter_source: None,
            state: after(now, self.settings.delay),
            ..message
        };
        if let Some(key) = self.deduplication_key(&message.group, message.deduplication_id.as_ref()) {
            let first = First { message_id: message.id.clone(), sequence_number: message.sequence_number.clone() };
            self.deduplication.remember(now, key, first);
        }
        notes.push(message.note(now, &self.name, What::Sent));
        self.insert(message);
    }

    /// What a deduplication id counts as, and within which scope.
    fn deduplication_key(&self, group: &Group, id: Option<&String>) -> Option<(Group, String)> {
        let scope = self.settings.deduplication_per_group.then(|| group.clone()).flatten();
        id.map(|id| (scope, id.clone()))
    }

    fn accepted(
        &self,
        now: Timestamp,
        mut message: Submission,
        sent: &Sent,
        group: Group,
        deduplication_id: Option<String>,
        state: State,
    ) -> Message {
        Message {
            id: sent.message_id.clone(),
            subject: aqueduct_message::subject_of(&message.body),
            body: message.body,
            md5_of_body: sent.md5_of_message_body.clone(),
            attributes: message.attributes,
            md5_of_attributes: sent.md5_of_message_attributes.clone(),
            sender: self.sender.clone(),
            trace_header: message.system_attributes.remove("AWSTraceHeader").and_then(|value| value.string_value),
            group,
            deduplication_id,
            sequence_number: sent.sequence_number.clone(),
            sent_at: now,
            first_received_at: None,
            receive_count: 0,
            dead_letter_source: None,
            order: 0,
            state,
        }
    }

    /// Checks what does not depend on the queue's type.
    fn check(&self, message: &Submission) -> Result<(), ApiError> {
        content::check_body(&message.body)?;
        content::check_attributes(&message.attributes)?;
        content::check_system_attributes(&message.system_attributes)?;
        if let Some(group) = &message.group {
            content::check_id("MessageGroupId", group)?;
        }
        if let Some(id) = &message.deduplication_id {
            content::check_id("MessageDeduplicationId", id)?;
        }
        // Recorded by LocalStack's AWS-validated test `test_send_oversized_message`.
        let max = self.settings.message_bytes_max;
        if message.size() > max {
            let reason = format!("Message must be shorter than {max} bytes.");
            return Err(invalid_value(format!("One or more parameters are invalid. Reason: {reason}")));
        }
        Ok(())
    }

    /// A FIFO queue takes no delay per message, an explicit zero aside, which means the queue's.
    ///
    /// Recorded by LocalStack's AWS-validated tests `test_fifo_queue_send_message_with_delay_seconds_fails` and
    /// `test_fifo_queue_send_message_with_zero_delay_seconds`.
    fn delay_of(&self, message: &Submission) -> Result<Duration, ApiError> {
        let Some(seconds) = message.delay_seconds else { return Ok(self.settings.delay) };
        let refused = |reason: &str| Err(invalid(&seconds.to_string(), "DelaySeconds", reason));
        match u64::try_from(seconds) {
            Ok(0) if self.settings.fifo => Ok(self.settings.delay),
            Ok(_) if self.settings.fifo => {
                refused("The request include parameter that is not valid for this queue type.")
            }
            Ok(delay) if seconds <= DELAY_SECONDS_MAX => Ok(Duration::from_secs(delay)),
            _ => refused("DelaySeconds must be >= 0 and <= 900."),
        }
    }

    /// The deduplication id, given or derived from the body; a FIFO queue needs it, and a group.
    ///
    /// Recorded by LocalStack's AWS-validated test `test_posting_to_fifo_requires_deduplicationid_group_id`.
    fn deduplication_id_of(&self, message: &Submission) -> Result<Option<String>, ApiError> {
        if !self.settings.fifo {
            return match &message.deduplication_id {
                None => Ok(None),
                Some(id) => Err(invalid(
                    id,
                    "MessageDeduplicationId",
                    "The request includes a parameter that is not valid for this queue type.",
                )),
            };
        }
        if message.group.is_none() {
            return Err(missing("MessageGroupId"));
        }
        match &message.deduplication_id {
            Some(id) => Ok(Some(id.clone())),
            None if self.settings.content_based_deduplication => Ok(Some(content_id(&message.body))),
            None => Err(invalid_value(
                "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided \
                 explicitly",
            )),
        }
    }

    fn sequence_number(&self) -> String {
        // Numbers need not be consecutive, so that the order of arrival gives them.
        (SEQUENCE_FIRST + u128::from(self.next_order) * 256).to_string()
    }
}

/// The state of a message that enters with a delay.
fn after(now: Timestamp, delay: Duration) -> State {
    if delay.is_zero() { State::Ready } else { State::Delayed { until: now + delay } }
}
