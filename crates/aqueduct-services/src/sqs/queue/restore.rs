//! A queue out of what was written down of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Queue;
use super::attempts::Got;
use super::groups::NO_GROUP;
use super::slab::NONE;
use crate::sqs::checksum;
use crate::sqs::deduplication::{First, Key};
use crate::sqs::durable::{Content, Place, QueueRecord};
use crate::sqs::handle::Receipt;
use crate::sqs::message::{Message, Rare};
use crate::sqs::settings::Settings;
use crate::{ApiError, Timestamp, Uuid};

impl Queue {
    /// The queue of a record, still empty.
    pub(in crate::sqs) fn restored(record: QueueRecord) -> Result<Self, ApiError> {
        let settings = Settings::new(record.attributes.contains_key("FifoQueue")).with(&record.attributes)?;
        let mut queue = Self::new(record.created, record.arn, settings, record.salt);
        queue.tags = record.tags;
        queue.modified = record.modified;
        queue.purged = record.purged;
        queue.reserved = record.reserved;
        queue.next_serial = record.reserved;
        queue.next_order = record.reserved;
        Ok(queue)
    }

    /// Puts messages back as they were, those in flight too.
    pub(in crate::sqs) fn put_all_back(&mut self, messages: BTreeMap<u64, (Content, Place)>) {
        let mut messages: Vec<(u64, Content, Place)> =
            messages.into_iter().map(|(serial, (content, place))| (serial, content, place)).collect();
        // In their order, so that most stand in their lists.
        messages.sort_by_key(|(_, _, place)| place.order);
        for (serial, content, place) in messages {
            let group = content.group.clone();
            let Some(message) = message(serial, content, place) else { continue };
            let slot = self.place(message, group.as_deref());
            self.moved.insert(serial, slot);
        }
    }

    /// Remembers a first send.
    pub(in crate::sqs) fn remember_first(&mut self, end: Timestamp, key: Key, first: First) {
        self.deduplication.remember_until(end, key, first);
    }

    /// Remembers a receive attempt.
    pub(in crate::sqs) fn remember_attempt(&mut self, id: &str, end: Timestamp, got: Vec<(Receipt, Timestamp)>) {
        let got = got.into_iter().map(|(receipt, until)| Got { receipt, until }).collect();
        self.attempts.remember(id, end, got);
    }
}

/// A message as it was; `None` when its id is none.
fn message(serial: u64, content: Content, place: Place) -> Option<Message> {
    let id: Uuid = content.id.parse().ok()?;
    let attributes = content.attributes;
    let is_rare = !attributes.is_empty() || content.trace_header.is_some() || place.dead_letter_source.is_some();
    let rare = is_rare.then(|| {
        Box::new(Rare {
            md5_of_attributes: checksum::of_attributes(&attributes),
            attributes,
            trace_header: content.trace_header,
            dead_letter_source: place.dead_letter_source.map(Arc::new),
            subject: aqueduct_message::subject_of(&content.body),
        })
    });
    Some(Message {
        id,
        serial,
        order: place.order,
        sequence: place.sequence,
        md5_of_body: checksum::of_body(&content.body),
        body: content.body,
        deduplication_id: content.deduplication_id,
        rare,
        sent_at: place.sent_at,
        first_received_at: place.first_received_at.unwrap_or_default(),
        state: place.state,
        receive_count: place.receive_count,
        group: NO_GROUP,
        older: NONE,
        newer: NONE,
        ahead: NONE,
        behind: NONE,
        is_listed: false,
    })
}
