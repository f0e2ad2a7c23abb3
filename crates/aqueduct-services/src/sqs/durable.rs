//! What SQS keeps through the end of a process.
//!
//! A message is two records: its content, written once, and its place and state, written with each receive. Queues,
//! deduplication ids, receive attempts, move tasks and the names of deleted queues have records of their own. A queue's
//! salt is kept, so that receipt handles stay valid.

use std::collections::BTreeMap;
use std::sync::Arc;

use aqueduct_topology::Arn;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::deduplication::{First, Key};
use super::deduplication_id::DeduplicationId;
use super::handle::Receipt;
use super::message::{Message, State};
use super::queue::Queue;
use super::{Body, Sqs};
use crate::keep::Durable;
use crate::{Change, MessageAttributeValue, Record, Timestamp, Unreadable};

/// The names of the tables.
pub(super) mod table {
    pub(in crate::sqs) const QUEUES: &str = "sqs/queues";
    pub(in crate::sqs) const BODIES: &str = "sqs/bodies";
    pub(in crate::sqs) const MESSAGES: &str = "sqs/messages";
    pub(in crate::sqs) const DEDUPLICATION: &str = "sqs/deduplication";
    pub(in crate::sqs) const ATTEMPTS: &str = "sqs/attempts";
    pub(in crate::sqs) const MOVES: &str = "sqs/moves";
    pub(in crate::sqs) const DELETED: &str = "sqs/deleted";
}

/// The key of something that belongs to the queue with this salt.
pub(super) fn key(salt: u64, of: &str) -> Vec<u8> {
    format!("{salt:016x}/{of}").into_bytes()
}

/// A serial number in a key, of one length so that keys have the order of the numbers.
pub(super) fn serial(serial: u64) -> String {
    format!("{serial:016x}")
}

/// A queue, by its name.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct QueueRecord {
    pub(super) arn: Arn,
    pub(super) attributes: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) tags: BTreeMap<String, String>,
    pub(super) created: Timestamp,
    pub(super) modified: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) purged: Option<Timestamp>,
    pub(super) salt: u64,
    /// Serial numbers and places below this one may have been given.
    pub(super) reserved: u64,
}

/// What stays of a message for its life in a queue.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Content {
    pub(super) id: String,
    pub(super) body: Body,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub(super) attributes: BTreeMap<String, MessageAttributeValue>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) trace_header: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) group: Option<String>,
    #[serde(default, skip_serializing_if = "DeduplicationId::is_none")]
    pub(super) deduplication_id: DeduplicationId,
}

impl Content {
    pub(super) fn of(message: &Message, group: Option<&Arc<str>>) -> Self {
        let rare = message.rare.as_deref();
        Self {
            id: message.id.to_string(),
            body: message.body.clone(),
            attributes: rare.map(|rare| rare.attributes.clone()).unwrap_or_default(),
            trace_header: rare.and_then(|rare| rare.trace_header.clone()),
            group: group.map(ToString::to_string),
            deduplication_id: message.deduplication_id.clone(),
        }
    }
}

/// Where a message is in its queue and in its life.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) order: u64,
    pub(super) sequence: u64,
    pub(super) sent_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) first_received_at: Option<Timestamp>,
    pub(super) receive_count: u32,
    pub(super) state: State,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) dead_letter_source: Option<Arn>,
}

impl Place {
    pub(super) fn of(message: &Message) -> Self {
        Self {
            order: message.order,
            sequence: message.sequence,
            sent_at: message.sent_at,
            first_received_at: message.first_received_at(),
            receive_count: message.receive_count,
            state: message.state,
            dead_letter_source: message.dead_letter_source().map(|source| Arn::clone(source)),
        }
    }
}

/// The first send under a deduplication id.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct FirstRecord {
    end: Timestamp,
    message_id: String,
    sequence: u64,
}

impl FirstRecord {
    pub(super) fn of(end: Timestamp, first: First) -> Self {
        Self { end, message_id: first.message_id.to_string(), sequence: first.sequence }
    }
}

/// What a receive attempt got.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct GotRecord {
    end: Timestamp,
    got: Vec<(Receipt, Timestamp)>,
}

impl GotRecord {
    pub(super) fn all(end: Timestamp, got: impl Iterator<Item = (Receipt, Timestamp)>) -> Self {
        Self { end, got: got.collect() }
    }
}

/// Records that came back, until all of them are there.
#[derive(Debug, Default)]
pub(super) struct Restoring {
    queues: Vec<QueueRecord>,
    /// By the salt of the queue, and within it.
    contents: BTreeMap<u64, BTreeMap<u64, Content>>,
    places: BTreeMap<u64, BTreeMap<u64, Place>>,
    firsts: BTreeMap<u64, Vec<(Key, FirstRecord)>>,
    attempts: BTreeMap<u64, Vec<(String, GotRecord)>>,
}

impl Restoring {
    fn add(&mut self, record: &Record) -> Result<(), Unreadable> {
        let unreadable = || Unreadable::new(&record.table, &"its key is none");
        let text = std::str::from_utf8(&record.key).map_err(|_| unreadable())?;
        if record.table == table::QUEUES {
            self.queues.push(value(record)?);
            return Ok(());
        }
        let (salt, of) = text.split_once('/').ok_or_else(unreadable)?;
        let salt = u64::from_str_radix(salt, 16).map_err(|_| unreadable())?;
        let serial = || u64::from_str_radix(of, 16).map_err(|_| unreadable());
        match record.table.as_str() {
            table::BODIES => drop(self.contents.entry(salt).or_default().insert(serial()?, value(record)?)),
            table::MESSAGES => drop(self.places.entry(salt).or_default().insert(serial()?, value(record)?)),
            table::DEDUPLICATION => {
                let key = of.parse().map_err(|_| unreadable())?;
                self.firsts.entry(salt).or_default().push((key, value(record)?));
            }
            table::ATTEMPTS => self.attempts.entry(salt).or_default().push((of.to_owned(), value(record)?)),
            _ => return Err(Unreadable::new(&record.table, &"SQS has no such table")),
        }
        Ok(())
    }

    /// The queue of a record with all that belongs to it.
    fn queue(&mut self, record: QueueRecord) -> Option<Queue> {
        let salt = record.salt;
        let mut queue = Queue::restored(record).ok()?;
        let mut contents = self.contents.remove(&salt).unwrap_or_default();
        let places = self.places.remove(&salt).unwrap_or_default();
        let messages =
            places.into_iter().filter_map(|(serial, place)| Some((serial, (contents.remove(&serial)?, place))));
        queue.put_all_back(messages.collect());
        let mut firsts = self.firsts.remove(&salt).unwrap_or_default();
        firsts.sort_by_key(|(key, first)| (first.end, *key));
        for (key, first) in firsts {
            if let Ok(message_id) = first.message_id.parse() {
                queue.remember_first(first.end, key, First { message_id, sequence: first.sequence });
            }
        }
        let mut attempts = self.attempts.remove(&salt).unwrap_or_default();
        attempts.sort_by_key(|(_, got)| got.end);
        for (id, got) in attempts {
            queue.remember_attempt(&id, got.end, got.got);
        }
        Some(queue)
    }
}

fn value<T: DeserializeOwned>(record: &Record) -> Result<T, Unreadable> {
    serde_json::from_slice(&record.value).map_err(|error| Unreadable::new(&record.table, &error))
}

impl Durable for Sqs {
    fn keep(&mut self) {
        self.queues.keep();
        self.moves.keep();
        self.deleted.keep();
    }

    fn take_changes(&mut self, changes: &mut Vec<Change>) {
        changes.append(&mut self.gone);
        self.queues.take_changes(changes);
        self.moves.take_changes(table::MOVES, changes);
        self.deleted.take_changes(table::DELETED, changes);
    }

    fn restore(&mut self, record: &Record) -> Result<(), Unreadable> {
        match record.table.as_str() {
            table::MOVES => self.moves.restore(record),
            table::DELETED => self.deleted.restore(record),
            _ => self.restoring.get_or_insert_default().add(record),
        }
    }

    fn resume(&mut self, now: Timestamp) {
        if let Some(mut restoring) = self.restoring.take() {
            for record in std::mem::take(&mut restoring.queues) {
                if let Some(queue) = restoring.queue(record) {
                    self.queues.put_back(queue);
                }
            }
        }
        self.next_move = Some(now);
        self.tick(now);
    }
}
