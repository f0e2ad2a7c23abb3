//! A message in a queue.

use std::collections::BTreeMap;
use std::sync::Arc;

use aqueduct_topology::Arn;

use super::{Received, checksum};
use crate::{MessageAttributeValue, Note, Timestamp, What};

/// The message group of a message, if it names one.
pub(super) type Group = Option<Arc<str>>;

/// Where a message is in its life in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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

/// A message in a queue.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) body: String,
    pub(super) md5_of_body: String,
    pub(super) attributes: BTreeMap<String, MessageAttributeValue>,
    pub(super) md5_of_attributes: Option<String>,
    /// What the body is about, found once for all notes.
    pub(super) subject: Option<String>,
    pub(super) sender: String,
    pub(super) trace_header: Option<String>,
    pub(super) group: Group,
    pub(super) deduplication_id: Option<String>,
    pub(super) sequence_number: Option<String>,
    pub(super) sent_at: Timestamp,
    pub(super) first_received_at: Option<Timestamp>,
    pub(super) receive_count: u32,
    pub(super) dead_letter_source: Option<Arn>,
    /// Its place among the messages of its queue.
    pub(super) order: u64,
    pub(super) state: State,
}

impl Message {
    /// A note on this message.
    pub(super) fn note(&self, at: Timestamp, place: &str, what: What) -> Note {
        Note { at, place: place.to_owned(), subject: self.subject.clone(), id: self.id.clone(), what }
    }

    /// The message as its consumer gets it, with all attributes.
    pub(super) fn received(&self, receipt_handle: String, queue: &Arn) -> Received {
        Received {
            message_id: self.id.clone(),
            receipt_handle,
            md5_of_body: self.md5_of_body.clone(),
            body: self.body.clone(),
            attributes: self.system_attributes(),
            md5_of_message_attributes: self.md5_of_attributes.clone(),
            message_attributes: self.attributes.clone(),
            event_source_arn: queue.clone(),
        }
    }

    /// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html>
    fn system_attributes(&self) -> BTreeMap<String, String> {
        let millis = |time: Timestamp| time.as_millis().to_string();
        let attributes = [
            ("ApproximateReceiveCount", Some(self.receive_count.to_string())),
            ("ApproximateFirstReceiveTimestamp", self.first_received_at.map(millis)),
            ("SentTimestamp", Some(millis(self.sent_at))),
            ("SenderId", Some(self.sender.clone())),
            ("MessageGroupId", self.group.as_deref().map(str::to_owned)),
            ("MessageDeduplicationId", self.deduplication_id.clone()),
            ("SequenceNumber", self.sequence_number.clone()),
            ("AWSTraceHeader", self.trace_header.clone()),
            ("DeadLetterQueueSourceArn", self.dead_letter_source.as_ref().map(ToString::to_string)),
        ];
        attributes.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}

/// Keeps the attributes that a `ReceiveMessage` asked for.
///
/// User attributes are named exactly, by `prefix.*`, or all by `All`, `.*` or `*`, and the MD5 is that of the answered
/// ones, as LocalStack's AWS-validated test `test_receive_message_message_attribute_names_filters` recorded.
pub(super) fn keep_asked(received: &mut Received, system: &[String], user: &[String]) {
    received.attributes.retain(|name, _| system.iter().any(|asked| asked == "All" || asked == name));
    let is_asked = |name: &str, asked: &str| {
        matches!(asked, "All" | ".*" | "*")
            || asked == name
            || asked.strip_suffix(".*").is_some_and(|prefix| name.starts_with(prefix))
    };
    let before = received.message_attributes.len();
    received.message_attributes.retain(|name, _| user.iter().any(|asked| is_asked(name, asked)));
    if received.message_attributes.len() != before {
        received.md5_of_message_attributes = checksum::of_attributes(&received.message_attributes);
    }
}
