//! Messages and items, in a few words each.

use super::agenda::Micros;
use crate::Cause;

/// Stands for no message, no group, no queue.
pub(super) const NONE: u32 = u32::MAX;

/// Where a message is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum State {
    /// It may be received.
    #[default]
    Ready,
    /// It was received and is hidden.
    InFlight,
    /// It is not ready yet.
    Delayed,
    /// It left its queue while something still points to it, which gives its slot back.
    Gone,
}

/// A message in a queue.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Message {
    /// From when its retention counts.
    pub(super) sent_at: Micros,
    /// Its place in its queue: smaller ones come first.
    pub(super) order: u64,
    /// The item that it belongs to.
    pub(super) item: u32,
    /// Tells it from another message that had its slot before.
    pub(super) serial: u32,
    /// Its message group; [`NONE`] without one.
    pub(super) group: u32,
    /// The next older and the next newer message of its queue.
    pub(super) older: u32,
    pub(super) newer: u32,
    /// The one behind it in its line.
    pub(super) behind: u32,
    /// The queue that it is in.
    pub(super) queue: u16,
    /// The queue that gave it up to the dead-letter queue that has it.
    pub(super) source: u16,
    /// How often it was received.
    pub(super) receives: u16,
    pub(super) state: State,
    /// Why its last delivery failed, or it was put into a dead-letter queue.
    pub(super) fate: Cause,
    /// Whether a function succeeded with it.
    pub(super) succeeded: bool,
    /// Whether its next deletion goes unnoticed, so that it comes once more.
    pub(super) sticks: bool,
    /// What is in it, as far as filters tell.
    pub(super) content: u8,
}

/// Something that arrived and all that came of it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Item {
    pub(super) arrived: Micros,
    /// Its number among all that arrived.
    pub(super) number: u32,
    pub(super) group: u32,
    /// Its messages, events and invocations that are under way, those in dead-letter queues included.
    pub(super) open: u32,
    /// Its messages in dead-letter queues.
    pub(super) dead: u16,
    /// Its messages in queues that no mapping reads, those in dead-letter queues not included.
    pub(super) handed_on: u32,
    /// The arrivals that it belongs to.
    pub(super) arrivals: u16,
    /// The goals that it has reached, one bit each.
    pub(super) reached: u32,
    /// Whether one of its messages is lost.
    pub(super) lost: bool,
}

/// Entries with numbers that are given anew.
#[derive(Debug)]
pub(super) struct Slab<T> {
    entries: Vec<T>,
    free: Vec<u32>,
}

impl<T> Default for Slab<T> {
    fn default() -> Self {
        Self { entries: Vec::new(), free: Vec::new() }
    }
}

impl<T> Slab<T> {
    /// Puts an entry in and answers its number.
    #[expect(clippy::cast_possible_truncation, reason = "four billion entries do not fit into memory")]
    pub(super) fn insert(&mut self, entry: T) -> u32 {
        if let Some(slot) = self.free.pop() {
            self.entries[slot as usize] = entry;
            slot
        } else {
            self.entries.push(entry);
            (self.entries.len() - 1) as u32
        }
    }

    /// A number that is free, for an entry that is kept and used again.
    #[expect(clippy::cast_possible_truncation, reason = "as above")]
    pub(super) fn claim(&mut self, new: impl FnOnce() -> T) -> u32 {
        if let Some(slot) = self.free.pop() {
            return slot;
        }
        self.entries.push(new());
        (self.entries.len() - 1) as u32
    }

    /// Gives a number back.
    pub(super) fn free(&mut self, slot: u32) {
        self.free.push(slot);
    }

    /// All entries in use, with a mark for those that are free.
    pub(super) fn used(&self) -> impl Iterator<Item = (u32, &T)> {
        let mut is_free = vec![false; self.entries.len()];
        for slot in &self.free {
            is_free[*slot as usize] = true;
        }
        (0_u32..).zip(&self.entries).filter(move |(slot, _)| !is_free[*slot as usize])
    }
}

impl<T> std::ops::Index<u32> for Slab<T> {
    type Output = T;

    fn index(&self, slot: u32) -> &T {
        &self.entries[slot as usize]
    }
}

impl<T> std::ops::IndexMut<u32> for Slab<T> {
    fn index_mut(&mut self, slot: u32) -> &mut T {
        &mut self.entries[slot as usize]
    }
}
