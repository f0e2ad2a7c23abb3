//! The way into a queue.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::Queue;
use super::groups::NO_GROUP;
use super::slab::NONE;
use crate::sqs::api::{SendEntry, SendMessage, Sent};
use crate::sqs::checksum::{self, Md5Sum};
use crate::sqs::content;
use crate::sqs::deduplication::{First, Key};
use crate::sqs::deduplication_id::DeduplicationId;
use crate::sqs::liberty::Liberty;
use crate::sqs::message::{Message, Parcel, Rare, State};
use crate::sqs::refusal::{invalid, invalid_value, missing};
use crate::{ApiError, Handover, Ids, MessageAttributeValue, Notes, Timestamp, Uuid, What};

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
    /// Whether a topic sends it, whose own limit of size took the place of the queue's.
    ///
    /// Source: <https://docs.aws.amazon.com/sns/latest/dg/large-message-payloads.html>
    pub(in crate::sqs) is_from_topic: bool,
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
            is_from_topic: false,
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
            is_from_topic: false,
        }
    }
}

impl From<Handover> for Submission {
    fn from(message: Handover) -> Self {
        let trace_header = message.trace_header.map(|header| {
            let value = MessageAttributeValue {
                data_type: "String".to_owned(),
                string_value: Some(header),
                binary_value: None,
            };
            ("AWSTraceHeader".to_owned(), value)
        });
        Self {
            body: message.body,
            attributes: message.attributes,
            system_attributes: trace_header.into_iter().collect(),
            group: message.group,
            deduplication_id: message.deduplication_id,
            ..Self::default()
        }
    }
}

/// The sums of a message that is sent.
#[derive(Clone, Copy, Debug)]
struct Sums {
    body: Md5Sum,
    attributes: Option<Md5Sum>,
    system_attributes: Option<Md5Sum>,
}

impl Sums {
    fn of(message: &Submission) -> Self {
        Self {
            body: checksum::of_body(&message.body),
            attributes: checksum::of_attributes(&message.attributes),
            system_attributes: checksum::of_attributes(&message.system_attributes),
        }
    }

    fn sent(self, id: Uuid, sequence: Option<u64>) -> Sent {
        Sent {
            md5_of_message_body: self.body.to_string(),
            md5_of_message_attributes: self.attributes.map(|sum| sum.to_string()),
            md5_of_message_system_attributes: self.system_attributes.map(|sum| sum.to_string()),
            message_id: id.to_string(),
            sequence_number: sequence.map(|sequence| sequence_number(sequence).to_string()),
        }
    }
}

/// The sequence number that a count stands for. Numbers need not be consecutive.
pub(super) fn sequence_number(sequence: u64) -> u128 {
    SEQUENCE_FIRST + u128::from(sequence) * 256
}

impl Queue {
    /// Accepts a message, or recognises it as a duplicate and answers the first one.
    pub(in crate::sqs) fn send(
        &mut self,
        now: Timestamp,
        mut message: Submission,
        ids: &mut Ids,
        notes: &mut Notes,
    ) -> Result<Sent, ApiError> {
        self.check(&message)?;
        let delay = self.delay_of(&message)?;
        let deduplication_id = self.deduplication_id_of(&message)?;
        let sums = Sums::of(&message);
        let text = message.deduplication_id.take().or_else(|| deduplication_id.text(&message.body));
        let key = text.map(|id| self.deduplication_key(message.group.as_deref(), &id));
        let forgotten: Vec<Key> = self.deduplication.expire(now).collect();
        for key in forgotten {
            self.mark_first(key);
        }
        if let Some(first) = key.and_then(|key| self.deduplication.first(key)) {
            return Ok(sums.sent(first.message_id, Some(first.sequence)));
        }
        let id = ids.next_uuid();
        let sequence = self.next_order;
        if let Some(key) = key {
            self.deduplication.remember(now, key, First { message_id: id, sequence });
            self.mark_first(key);
        }
        let sent = sums.sent(id, self.settings.fifo.then_some(sequence));
        let liberty = self.liberties.as_ref().filter(|_| !self.settings.fifo).and_then(|it| it.take(&self.arn));
        let held_back = if let Some(Liberty::Late { by }) = liberty { by } else { Duration::ZERO };
        let state = after(now, delay + held_back);
        let parcel = accepted(now, message, (id, sequence), sums, deduplication_id, state, notes.are_all_wanted());
        notes.add(|| parcel.message.note(now, &self.name, What::Sent));
        let again = if let Some(Liberty::Again { after: wait }) = liberty {
            let message = Message { state: after(now, delay + wait), ..parcel.message.clone() };
            Some(Parcel { message, group: parcel.group.clone() })
        } else {
            None
        };
        self.insert(parcel);
        if let Some(copy) = again {
            self.insert(copy);
        }
        Ok(sent)
    }

    /// Whether a message that is moved here fits.
    pub(in crate::sqs) fn has_room_for(&self, message: &Message) -> bool {
        message.size() <= self.settings.message_bytes_max
    }

    /// Takes a message that a move task brings: a new message, with an id, an age and a receive count of its own.
    ///
    /// Its deduplication id counts for sends that follow; it is not itself held back, for a move loses nothing.
    /// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html>
    pub(in crate::sqs) fn adopt(&mut self, now: Timestamp, parcel: Parcel, id: Uuid, notes: &mut Notes) {
        let Parcel { mut message, group } = parcel;
        message.id = id;
        message.sequence = self.next_order;
        message.sent_at = now;
        message.receive_count = 0;
        message.state = after(now, self.settings.delay);
        if let Some(rare) = &mut message.rare {
            rare.dead_letter_source = None;
        }
        if let Some(text) = message.deduplication_id.text(&message.body) {
            let key = self.deduplication_key(group.as_deref(), &text);
            self.deduplication.remember(now, key, First { message_id: id, sequence: message.sequence });
            self.mark_first(key);
        }
        notes.add(|| message.note(now, &self.name, What::Sent));
        self.insert(Parcel { message, group });
    }

    /// What a deduplication id counts as, and within which scope.
    fn deduplication_key(&self, group: Option<&str>, id: &str) -> Key {
        Key::of(group.filter(|_| self.settings.deduplication_per_group), id)
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
        if !message.is_from_topic && message.size() > max {
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
    fn deduplication_id_of(&self, message: &Submission) -> Result<DeduplicationId, ApiError> {
        if !self.settings.fifo {
            return match &message.deduplication_id {
                None => Ok(DeduplicationId::None),
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
            Some(id) => Ok(DeduplicationId::given(id)),
            None if self.settings.content_based_deduplication => Ok(DeduplicationId::OfBody),
            None => Err(invalid_value(
                "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided \
                 explicitly",
            )),
        }
    }
}

/// A message as its queue keeps it.
fn accepted(
    now: Timestamp,
    mut submission: Submission,
    (id, sequence): (Uuid, u64),
    sums: Sums,
    deduplication_id: DeduplicationId,
    state: State,
    is_watched: bool,
) -> Parcel {
    let group: Option<Arc<str>> = submission.group.as_deref().map(Arc::from);
    let subject = is_watched.then(|| aqueduct_message::subject_of(&submission.body)).flatten();
    let trace_header = submission.system_attributes.remove("AWSTraceHeader").and_then(|value| value.string_value);
    let is_rare = subject.is_some() || trace_header.is_some() || !submission.attributes.is_empty();
    let rare = is_rare.then(|| {
        Box::new(Rare {
            attributes: submission.attributes,
            md5_of_attributes: sums.attributes,
            trace_header,
            dead_letter_source: None,
            subject,
        })
    });
    let message = Message {
        id,
        serial: 0,
        order: 0,
        sequence,
        body: submission.body.into(),
        md5_of_body: sums.body,
        deduplication_id,
        rare,
        sent_at: now,
        first_received_at: now,
        state,
        receive_count: 0,
        group: NO_GROUP,
        older: NONE,
        newer: NONE,
        ahead: NONE,
        behind: NONE,
        is_listed: false,
    };
    Parcel { message, group }
}

/// The state of a message that enters with a delay.
fn after(now: Timestamp, delay: Duration) -> State {
    if delay.is_zero() { State::Ready } else { State::Delayed { until: now + delay } }
}
