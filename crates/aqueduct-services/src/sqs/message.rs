//! A message in a queue.

use std::collections::BTreeMap;
use std::sync::Arc;

use aqueduct_topology::Arn;
use serde::{Deserialize, Serialize};

use super::asked::Asked;
use super::checksum::{self, Md5Sum};
use super::deduplication_id::DeduplicationId;
use super::{Body, Received};
use crate::{MessageAttributeValue, Note, Timestamp, Uuid, What};

/// Where a message is in its life in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// Not visible yet.
    Delayed {
        /// When it becomes visible.
        until: Timestamp,
    },
    /// Waits to be received.
    Ready,
    /// In the hands of a consumer.
    InFlight {
        /// When it was received.
        since: Timestamp,
        /// When it becomes visible again.
        until: Timestamp,
    },
}

/// What most messages do not have.
#[derive(Clone, Debug, Default)]
pub(super) struct Rare {
    pub(super) attributes: BTreeMap<String, MessageAttributeValue>,
    pub(super) md5_of_attributes: Option<Md5Sum>,
    pub(super) trace_header: Option<String>,
    pub(super) dead_letter_source: Option<Arc<Arn>>,
    /// What the body is about, found once for all notes.
    pub(super) subject: Option<String>,
}

/// A message in a queue. A queue may hold millions, so that each field counts.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) id: Uuid,
    /// Names the message in its queue; no other message of the queue ever has this number.
    pub(super) serial: u64,
    /// Its place among the messages of its queue.
    pub(super) order: u64,
    /// Its sequence number in a FIFO queue, as the count that gives it.
    pub(super) sequence: u64,
    pub(super) body: Body,
    pub(super) md5_of_body: Md5Sum,
    pub(super) deduplication_id: DeduplicationId,
    pub(super) rare: Option<Box<Rare>>,
    pub(super) sent_at: Timestamp,
    /// Says nothing before the first receive.
    pub(super) first_received_at: Timestamp,
    pub(super) state: State,
    pub(super) receive_count: u32,
    /// The number of its message group in its queue.
    pub(super) group: u32,
    /// Its neighbours by age.
    pub(super) older: u32,
    pub(super) newer: u32,
    /// Its neighbours in its lane while it is ready and listed there.
    pub(super) ahead: u32,
    pub(super) behind: u32,
    pub(super) is_listed: bool,
}

/// A message on its way from one queue to another.
#[derive(Clone, Debug)]
pub(super) struct Parcel {
    pub(super) message: Message,
    pub(super) group: Option<Arc<str>>,
}

/// The queue that hands a message out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin<'a> {
    pub(super) arn: &'a Arc<Arn>,
    /// The account that sends by the API.
    pub(super) sender: &'a str,
    pub(super) group: Option<&'a Arc<str>>,
    pub(super) sequence_number: Option<u128>,
}

impl Message {
    /// A note on this message.
    pub(super) fn note(&self, at: Timestamp, place: &str, what: What) -> Note {
        let subject = self.rare.as_ref().and_then(|rare| rare.subject.clone());
        Note { at, place: place.to_owned(), subject, id: self.id.to_string(), what }
    }

    /// A note on its loss. Its subject is looked for now if it was not when the message came.
    pub(super) fn loss(&self, at: Timestamp, place: &str, reason: &str) -> Note {
        let note = self.note(at, place, What::Lost { reason: reason.to_owned() });
        Note { subject: note.subject.or_else(|| aqueduct_message::subject_of(&self.body)), ..note }
    }

    /// When it was first received, if it was.
    pub(super) const fn first_received_at(&self) -> Option<Timestamp> {
        if self.receive_count == 0 { None } else { Some(self.first_received_at) }
    }

    /// Its rare parts, to change.
    pub(super) fn rare_mut(&mut self) -> &mut Rare {
        self.rare.get_or_insert_default()
    }

    /// The queue that gave up on it.
    pub(super) fn dead_letter_source(&self) -> Option<&Arc<Arn>> {
        self.rare.as_ref()?.dead_letter_source.as_ref()
    }

    /// The bytes that count against a queue's limit.
    pub(super) fn size(&self) -> usize {
        let attributes = self.rare.as_ref().map(|rare| &rare.attributes);
        self.body.len() + attributes.map_or(0, super::content::size_of_attributes)
    }

    /// The message as its consumer gets it, with the attributes that were asked for.
    pub(super) fn received(&self, receipt_handle: String, origin: Origin<'_>, asked: &Asked) -> Received {
        let rare = self.rare.as_deref();
        let all = rare.map(|rare| &rare.attributes);
        let message_attributes = all.map(|all| asked.user_attributes(all)).unwrap_or_default();
        let is_whole = all.is_some_and(|all| all.len() == message_attributes.len());
        let md5_of_message_attributes = if is_whole {
            rare.and_then(|rare| rare.md5_of_attributes)
        } else {
            checksum::of_attributes(&message_attributes)
        };
        Received {
            message_id: self.id.to_string(),
            receipt_handle,
            md5_of_body: self.md5_of_body.to_string(),
            body: self.body.clone(),
            attributes: self.system_attributes(origin, asked),
            md5_of_message_attributes: md5_of_message_attributes.map(|sum| sum.to_string()),
            message_attributes,
            event_source_arn: Arc::clone(origin.arn),
        }
    }

    /// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html>
    fn system_attributes(&self, origin: Origin<'_>, asked: &Asked) -> BTreeMap<String, String> {
        let millis = |time: Timestamp| time.as_millis().to_string();
        let value = |name: &str| match name {
            "ApproximateReceiveCount" => Some(self.receive_count.to_string()),
            "ApproximateFirstReceiveTimestamp" => self.first_received_at().map(millis),
            "SentTimestamp" => Some(millis(self.sent_at)),
            "SenderId" => Some(origin.sender.to_owned()),
            "MessageGroupId" => origin.group.map(ToString::to_string),
            "MessageDeduplicationId" => self.deduplication_id.text(&self.body),
            "SequenceNumber" => origin.sequence_number.map(|number| number.to_string()),
            "AWSTraceHeader" => self.rare.as_ref()?.trace_header.clone(),
            "DeadLetterQueueSourceArn" => self.dead_letter_source().map(ToString::to_string),
            _ => None,
        };
        asked.system_names().filter_map(|name| Some((name.to_owned(), value(name)?))).collect()
    }
}
