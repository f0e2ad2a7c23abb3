//! Which message is next, for both kinds of queue.

use super::fair::FairLine;
use super::fifo::FifoLine;
use super::slab::Slab;
use crate::Timestamp;

/// The ready and in-flight messages of a queue, in the order in which they are handed out.
#[derive(Debug)]
pub(super) enum Line {
    /// Of a standard queue.
    Standard(FairLine),
    /// Of a FIFO queue.
    Fifo(FifoLine),
}

impl Line {
    /// An empty line.
    pub(super) fn new(fifo: bool) -> Self {
        if fifo { Self::Fifo(FifoLine::default()) } else { Self::Standard(FairLine::default()) }
    }

    /// A message becomes ready.
    pub(super) fn add(&mut self, slab: &mut Slab, slot: u32) {
        match self {
            Self::Standard(line) => line.add(slab, slot),
            Self::Fifo(line) => line.add(slab, slot),
        }
    }

    /// Takes the next messages, one or up to `max`; they are in flight then. Nothing when nothing may be handed out.
    pub(super) fn take(&mut self, slab: &mut Slab, now: Timestamp, max: usize, taken: &mut Vec<u32>) {
        match self {
            Self::Standard(line) => taken.extend(line.take(slab, now)),
            Self::Fifo(line) => line.take(slab, max, taken),
        }
    }

    /// A message is in flight already, `since` then.
    pub(super) fn hold(&mut self, slab: &Slab, slot: u32, since: Timestamp) {
        let Some((group, order)) = slab.get(slot).map(|message| (message.group, message.order)) else { return };
        match self {
            Self::Standard(line) => line.hold(group, since),
            Self::Fifo(line) => line.hold(slab, group, order),
        }
    }

    /// A message in flight leaves.
    pub(super) fn release(&mut self, slab: &Slab, slot: u32, now: Timestamp) {
        let Some((group, order)) = slab.get(slot).map(|message| (message.group, message.order)) else { return };
        match self {
            Self::Standard(line) => line.release(group, now),
            Self::Fifo(line) => line.release(slab, group, order),
        }
    }

    /// A ready message leaves.
    pub(super) fn withdraw(&mut self, slab: &mut Slab, slot: u32) {
        match self {
            Self::Standard(line) => line.withdraw(slab, slot),
            Self::Fifo(line) => line.withdraw(slab, slot),
        }
    }

    /// Whether a message may be handed out.
    pub(super) fn has_open(&self) -> bool {
        match self {
            Self::Standard(line) => line.has_open(),
            Self::Fifo(line) => line.has_open(),
        }
    }

    /// The last message of a group has left.
    pub(super) fn forget(&mut self, group: u32) {
        match self {
            Self::Standard(line) => line.forget(group),
            Self::Fifo(line) => line.forget(group),
        }
    }
}
