//! Queues that another cloud keeps, as far as event source mappings see them: the driver receives and deletes there.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use aqueduct_message::subject_of;
use aqueduct_topology::Arn;

use super::{Received, Sqs};
use crate::{Note, Notes, Timestamp, What};

/// A queue of another cloud.
#[derive(Debug)]
pub(super) struct Borrowed {
    arn: Arn,
    pub(super) visibility: Duration,
    /// Received there, and not yet in a mapping's hands.
    arrived: VecDeque<Taken>,
    /// In a mapping's hands, by receipt handle.
    taken: BTreeMap<String, Taken>,
    /// To be deleted, by receipt handle, until the driver has done it.
    deleting: BTreeMap<String, Taken>,
    /// Receipt handles of [`Self::deleting`] that the driver has not heard of.
    unheard: Vec<String>,
}

#[derive(Debug)]
struct Taken {
    message: Received,
    subject: Option<String>,
    /// When its visibility timeout ends.
    returns: Timestamp,
}

impl Borrowed {
    /// Up to `max` messages that arrived and are still invisible in their queue.
    pub(super) fn receive(&mut self, now: Timestamp, max: usize, notes: &mut Notes) -> Vec<Received> {
        self.arrived.retain(|taken| taken.returns > now);
        self.taken.retain(|_, taken| taken.returns > now);
        let count = self.arrived.len().min(max);
        let mut received = Vec::with_capacity(count);
        for taken in self.arrived.drain(..count) {
            let count = taken.message.attributes.get("ApproximateReceiveCount");
            let count = count.and_then(|count| count.parse().ok()).unwrap_or(1);
            notes.add(|| taken.note(now, &self.arn, What::Received { count }));
            received.push(taken.message.clone());
            self.taken.insert(taken.message.receipt_handle.clone(), taken);
        }
        received
    }

    /// Asks the driver to delete a message.
    pub(super) fn delete(&mut self, receipt_handle: &str) {
        if let Some(taken) = self.taken.remove(receipt_handle) {
            self.deleting.insert(receipt_handle.to_owned(), taken);
            self.unheard.push(receipt_handle.to_owned());
        }
    }

    /// Whether nothing waits here and nothing is to be deleted.
    pub(super) fn is_idle(&self) -> bool {
        self.arrived.is_empty() && self.deleting.is_empty()
    }
}

impl Taken {
    fn note(&self, at: Timestamp, queue: &Arn, what: What) -> Note {
        let id = self.message.message_id.clone();
        Note { at, place: queue.name().to_owned(), subject: self.subject.clone(), id, what }
    }
}

impl Sqs {
    /// Lets event source mappings read a queue that another cloud keeps and whose messages the driver brings.
    pub fn borrow_queue(&mut self, queue: &Arn, visibility: Duration) {
        let borrowed = Borrowed {
            arn: queue.clone(),
            visibility,
            arrived: VecDeque::new(),
            taken: BTreeMap::new(),
            deleting: BTreeMap::new(),
            unheard: Vec::new(),
        };
        self.borrowed.insert(queue.clone(), borrowed);
    }

    /// The driver received these messages from a borrowed queue, at `received`.
    pub fn arrived(&mut self, received: Timestamp, queue: &Arn, messages: Vec<Received>) {
        let Some(borrowed) = self.borrowed.get_mut(queue) else { return };
        let returns = received + borrowed.visibility;
        let arn = Arc::new(queue.clone());
        borrowed.arrived.extend(messages.into_iter().map(|message| {
            let message = Received { event_source_arn: Arc::clone(&arn), ..message };
            Taken { subject: subject_of(&message.body), message, returns }
        }));
    }

    /// Receipt handles that the driver is to delete from borrowed queues, each told once.
    pub fn take_deletions(&mut self) -> Vec<(Arn, Vec<String>)> {
        let borrowed = self.borrowed.values_mut().filter(|borrowed| !borrowed.unheard.is_empty());
        borrowed.map(|borrowed| (borrowed.arn.clone(), std::mem::take(&mut borrowed.unheard))).collect()
    }

    /// The driver tried to delete a message of a borrowed queue; a queue that refuses delivers it again.
    pub fn deletion_ended(&mut self, now: Timestamp, queue: &Arn, receipt_handle: &str, deleted: bool) {
        let Some(borrowed) = self.borrowed.get_mut(queue) else { return };
        let Some(taken) = borrowed.deleting.remove(receipt_handle) else { return };
        if deleted {
            self.notes.add(|| taken.note(now, queue, What::Deleted));
        }
    }
}
