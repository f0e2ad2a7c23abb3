//! Messages by the time from which their retention counts.

use std::collections::BTreeSet;

use super::agenda::Micros;
use super::message::{Message, NONE, Slab};

/// What a message's older neighbour is called while it stands beside the list.
pub(super) const BESIDE: u32 = NONE - 1;

/// Most messages arrive in the order of their age: they are a list through the messages themselves. A dead letter is
/// older than its arrival and may stand beside the list.
#[derive(Debug)]
pub(super) struct Ages {
    oldest: u32,
    newest: u32,
    beside: BTreeSet<(Micros, u32)>,
}

impl Default for Ages {
    fn default() -> Self {
        Self { oldest: NONE, newest: NONE, beside: BTreeSet::new() }
    }
}

impl Ages {
    /// The oldest message: its time and slot.
    pub(super) fn first(&self, messages: &Slab<Message>) -> Option<(Micros, u32)> {
        let listed = (self.oldest != NONE).then(|| (messages[self.oldest].sent_at, self.oldest));
        match self.beside.first() {
            Some(beside) if listed.is_none_or(|listed| *beside < listed) => Some(*beside),
            _ => listed,
        }
    }

    /// A message arrives.
    pub(super) fn add(&mut self, messages: &mut Slab<Message>, slot: u32) {
        let sent_at = messages[slot].sent_at;
        if self.newest == NONE {
            self.oldest = slot;
        } else if messages[self.newest].sent_at <= sent_at {
            messages[self.newest].newer = slot;
        } else {
            messages[slot].older = BESIDE;
            self.beside.insert((sent_at, slot));
            return;
        }
        let message = &mut messages[slot];
        (message.older, message.newer) = (self.newest, NONE);
        self.newest = slot;
    }

    /// A message leaves.
    pub(super) fn remove(&mut self, messages: &mut Slab<Message>, slot: u32) {
        let Message { older, newer, sent_at, .. } = messages[slot];
        if older == BESIDE {
            self.beside.remove(&(sent_at, slot));
            return;
        }
        if older == NONE {
            self.oldest = newer;
        } else {
            messages[older].newer = newer;
        }
        if newer == NONE {
            self.newest = older;
        } else {
            messages[newer].older = older;
        }
    }
}
