//! Ready messages in the order of their places.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::message::{Message, NONE, Slab, State};

/// Most messages become ready in their order: they are a list through the messages themselves. One that comes back, or was
/// delayed, may belong before them and waits beside the list. One that left meanwhile is given back when it comes to the front.
#[derive(Debug)]
pub(super) struct Lane {
    head: u32,
    tail: u32,
    back: BinaryHeap<Reverse<(u64, u32)>>,
}

impl Default for Lane {
    fn default() -> Self {
        Self { head: NONE, tail: NONE, back: BinaryHeap::new() }
    }
}

impl Lane {
    /// A message becomes ready.
    pub(super) fn add(&mut self, messages: &mut Slab<Message>, slot: u32) {
        let order = messages[slot].order;
        if self.tail == NONE {
            self.head = slot;
        } else if messages[self.tail].order <= order {
            messages[self.tail].behind = slot;
        } else {
            self.back.push(Reverse((order, slot)));
            return;
        }
        messages[slot].behind = NONE;
        self.tail = slot;
    }

    /// The place of the first message, and its slot.
    pub(super) fn first(&mut self, messages: &mut Slab<Message>) -> Option<(u64, u32)> {
        while self.head != NONE && messages[self.head].state == State::Gone {
            let gone = self.head;
            self.unlink(messages);
            messages.free(gone);
        }
        while let Some(Reverse((_, slot))) = self.back.peek()
            && messages[*slot].state == State::Gone
        {
            messages.free(*slot);
            self.back.pop();
        }
        let listed = (self.head != NONE).then(|| (messages[self.head].order, self.head));
        match self.back.peek() {
            Some(Reverse(back)) if listed.is_none_or(|listed| *back < listed) => Some(*back),
            _ => listed,
        }
    }

    /// Takes the first message.
    #[inline]
    pub(super) fn take(&mut self, messages: &mut Slab<Message>) -> Option<u32> {
        // Mostly there is nothing beside the list.
        if self.back.is_empty() && self.head != NONE && messages[self.head].state != State::Gone {
            let slot = self.head;
            self.unlink(messages);
            return Some(slot);
        }
        let (_, slot) = self.first(messages)?;
        if slot == self.head {
            self.unlink(messages);
        } else {
            self.back.pop();
        }
        Some(slot)
    }

    fn unlink(&mut self, messages: &Slab<Message>) {
        self.head = messages[self.head].behind;
        if self.head == NONE {
            self.tail = NONE;
        }
    }
}
