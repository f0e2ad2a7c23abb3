//! What of a queue has changed since it was last written down.

use std::collections::{BTreeMap, BTreeSet};

use super::Queue;
use crate::Change;
use crate::keep::json;
use crate::sqs::deduplication::Key;
use crate::sqs::durable::{self, Content, FirstRecord, GotRecord, Place, QueueRecord, table};

/// How many serial numbers and places a queue takes at once, so that not every message changes its own record.
const RESERVED: u64 = 4096;

/// Changes since the last time.
#[derive(Debug, Default)]
pub(super) struct Journal {
    /// The queue's own record.
    queue: bool,
    /// Messages that came or went, by serial number, with their slot.
    contents: BTreeMap<u64, u32>,
    /// Messages whose state changed, likewise.
    states: BTreeMap<u64, u32>,
    firsts: BTreeSet<Key>,
    attempts: BTreeSet<String>,
}

impl Queue {
    /// Records changes from now on; what is there already counts as changed.
    pub(in crate::sqs) fn keep(&mut self) {
        let serials: BTreeMap<u64, u32> = self.messages.iter().map(|(slot, message)| (message.serial, slot)).collect();
        self.journal = Some(Box::new(Journal {
            queue: true,
            contents: serials.clone(),
            states: serials,
            firsts: self.deduplication.keys().collect(),
            attempts: self.attempts.iter().map(|(id, ..)| id.to_owned()).collect(),
        }));
        self.reserve();
    }

    /// Records changes from now on; what is there already is written down.
    pub(in crate::sqs) fn keep_on(&mut self) {
        self.journal = Some(Box::default());
    }

    /// Whether there is something to write down.
    pub(in crate::sqs) fn has_changed(&self) -> bool {
        self.journal.as_ref().is_some_and(|journal| {
            let Journal { queue, contents, states, firsts, attempts } = &**journal;
            *queue || !(contents.is_empty() && states.is_empty() && firsts.is_empty() && attempts.is_empty())
        })
    }

    /// The queue's settings, tags or times changed.
    pub(in crate::sqs) fn mark(&mut self) {
        if let Some(journal) = &mut self.journal {
            journal.queue = true;
        }
    }

    /// A message came or went.
    pub(super) fn mark_message(&mut self, serial: u64, slot: u32) {
        if let Some(journal) = &mut self.journal {
            journal.contents.insert(serial, slot);
            journal.states.insert(serial, slot);
            self.reserve();
        }
    }

    /// A message's state changed.
    pub(super) fn mark_state(&mut self, serial: u64, slot: u32) {
        if let Some(journal) = &mut self.journal {
            journal.states.insert(serial, slot);
        }
    }

    /// A deduplication id is remembered or forgotten.
    pub(super) fn mark_first(&mut self, key: Key) {
        if let Some(journal) = &mut self.journal {
            journal.firsts.insert(key);
        }
    }

    /// A receive attempt is remembered or forgotten.
    pub(super) fn mark_attempt(&mut self, id: &str) {
        if let Some(journal) = &mut self.journal {
            journal.attempts.insert(id.to_owned());
        }
    }

    /// Takes numbers in advance when those that were taken are used up.
    fn reserve(&mut self) {
        let used = self.next_serial.max(self.next_order);
        if used >= self.reserved {
            self.reserved = used + RESERVED;
            self.mark();
        }
    }

    /// Appends the changes since the last call.
    pub(in crate::sqs) fn take_changes(&mut self, changes: &mut Vec<Change>) {
        let Some(journal) = &mut self.journal else { return };
        let journal = std::mem::take(&mut **journal);
        if journal.queue {
            changes.push(Change {
                table: table::QUEUES,
                key: self.name.as_bytes().to_vec(),
                value: Some(json(&self.record())),
            });
        }
        let mut change =
            |table, of: &str, value| changes.push(Change { table, key: durable::key(self.salt, of), value });
        for (serial, slot) in journal.contents {
            let message = self.messages.get(slot).filter(|message| message.serial == serial);
            let content = message.map(|message| Content::of(message, self.groups.name(message.group)));
            change(table::BODIES, &durable::serial(serial), content.as_ref().map(json));
        }
        for (serial, slot) in journal.states {
            let message = self.messages.get(slot).filter(|message| message.serial == serial);
            change(table::MESSAGES, &durable::serial(serial), message.map(|message| json(&Place::of(message))));
        }
        for key in journal.firsts {
            let first = self.deduplication.get(key);
            let first = first.map(|(end, first)| FirstRecord::of(end, first));
            change(table::DEDUPLICATION, &key.to_string(), first.as_ref().map(json));
        }
        for id in journal.attempts {
            let got = self.attempts.find(&id).map(|(end, got)| GotRecord::all(end, got));
            change(table::ATTEMPTS, &id, got.as_ref().map(json));
        }
    }

    fn record(&self) -> QueueRecord {
        QueueRecord {
            arn: crate::Arn::clone(&self.arn),
            attributes: self.settings.attributes().into_iter().map(|(name, value)| (name.to_owned(), value)).collect(),
            tags: self.tags.clone(),
            created: self.created,
            modified: self.modified,
            purged: self.purged,
            salt: self.salt,
            reserved: self.reserved,
        }
    }
}
