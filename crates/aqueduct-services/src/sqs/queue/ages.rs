//! Messages by the time from which their retention counts.

use std::collections::BTreeSet;

use super::slab::{NONE, Slab};
use crate::Timestamp;

/// Most messages arrive in the order of their age: they are a list through the messages themselves. A dead letter is
/// older than its arrival and may stand beside the list.
#[derive(Debug)]
pub(super) struct Ages {
    oldest: u32,
    newest: u32,
    beside: BTreeSet<(Timestamp, u32)>,
}

/// What a message's neighbour is called while it stands beside the list.
const BESIDE: u32 = NONE - 1;

impl Default for Ages {
    fn default() -> Self {
        Self { oldest: NONE, newest: NONE, beside: BTreeSet::new() }
    }
}

impl Ages {
    /// The oldest message.
    pub(super) fn first(&self, slab: &Slab) -> Option<(Timestamp, u32)> {
        let listed = slab.get(self.oldest).map(|message| (message.sent_at, self.oldest));
        listed.into_iter().chain(self.beside.first().copied()).min()
    }

    /// A message arrives.
    pub(super) fn add(&mut self, slab: &mut Slab, slot: u32) {
        let newest = self.newest;
        let last = slab.get(newest).map(|message| message.sent_at);
        let Some(message) = slab.get_mut(slot) else { return };
        if last.is_some_and(|last| last > message.sent_at) {
            message.older = BESIDE;
            self.beside.insert((message.sent_at, slot));
            return;
        }
        (message.older, message.newer) = (newest, NONE);
        self.newest = slot;
        match slab.get_mut(newest) {
            Some(last) => last.newer = slot,
            None => self.oldest = slot,
        }
    }

    /// A message leaves.
    pub(super) fn remove(&mut self, slab: &mut Slab, slot: u32) {
        let Some(message) = slab.get(slot) else { return };
        let (older, newer) = (message.older, message.newer);
        if older == BESIDE {
            self.beside.remove(&(message.sent_at, slot));
            return;
        }
        match slab.get_mut(older) {
            Some(older) => older.newer = newer,
            None => self.oldest = newer,
        }
        match slab.get_mut(newer) {
            Some(newer) => newer.older = older,
            None => self.newest = older,
        }
    }
}
