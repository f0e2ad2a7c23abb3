//! Ready messages in the order of their places.

use std::collections::BTreeMap;

use super::slab::{NONE, Slab};

/// The ready messages of one tenant or message group, by their order in the queue.
///
/// Most become ready in their order: they are a list through the messages themselves. A message that comes back or was
/// delayed may belong before them and waits beside the list.
#[derive(Debug)]
pub(super) struct Lane {
    head: u32,
    tail: u32,
    back: BTreeMap<u64, u32>,
}

impl Default for Lane {
    fn default() -> Self {
        Self { head: NONE, tail: NONE, back: BTreeMap::new() }
    }
}

impl Lane {
    /// Whether no message is ready.
    pub(super) fn is_empty(&self) -> bool {
        self.head == NONE && self.back.is_empty()
    }

    /// The order of the first message.
    pub(super) fn first(&self, slab: &Slab) -> Option<u64> {
        let listed = slab.get(self.head).map(|message| message.order);
        listed.into_iter().chain(self.back.first_key_value().map(|(order, _)| *order)).min()
    }

    /// A message becomes ready.
    pub(super) fn add(&mut self, slab: &mut Slab, slot: u32) {
        let tail = self.tail;
        let last = slab.get(tail).map(|message| message.order);
        let Some(message) = slab.get_mut(slot) else { return };
        if last.is_some_and(|last| last > message.order) {
            message.is_listed = false;
            self.back.insert(message.order, slot);
            return;
        }
        (message.is_listed, message.ahead, message.behind) = (true, tail, NONE);
        self.tail = slot;
        match slab.get_mut(tail) {
            Some(last) => last.behind = slot,
            None => self.head = slot,
        }
    }

    /// The slot of the first message.
    pub(super) fn next(&self, slab: &Slab) -> Option<u32> {
        let listed = slab.get(self.head).map(|message| message.order);
        match self.back.first_key_value() {
            Some((order, slot)) if listed.is_none_or(|listed| *order < listed) => Some(*slot),
            _ => (self.head != NONE).then_some(self.head),
        }
    }

    /// Takes the first message.
    pub(super) fn pop(&mut self, slab: &mut Slab) -> Option<u32> {
        let slot = self.next(slab)?;
        self.remove(slab, slot);
        Some(slot)
    }

    /// Takes a message out, wherever it is.
    pub(super) fn remove(&mut self, slab: &mut Slab, slot: u32) {
        let Some(message) = slab.get(slot) else { return };
        if !message.is_listed {
            self.back.remove(&message.order);
            return;
        }
        let (ahead, behind) = (message.ahead, message.behind);
        match slab.get_mut(ahead) {
            Some(ahead) => ahead.behind = behind,
            None => self.head = behind,
        }
        match slab.get_mut(behind) {
            Some(behind) => behind.ahead = ahead,
            None => self.tail = ahead,
        }
    }
}
