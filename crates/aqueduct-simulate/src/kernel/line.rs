//! Which message is next, for both kinds of queue.

use super::agenda::Micros;
use super::fair::FairLine;
use super::fifo::FifoLine;
use super::message::{Message, Slab};

/// The ready and in-flight messages of a queue, in the order in which they are handed out.
#[derive(Debug)]
pub(super) enum Line {
    /// Of a standard queue.
    Standard(Box<FairLine>),
    /// Of a FIFO queue.
    Fifo(Box<FifoLine>),
}

impl Line {
    /// An empty line.
    pub(super) fn new(fifo: bool) -> Self {
        if fifo { Self::Fifo(Box::default()) } else { Self::Standard(Box::default()) }
    }

    /// A message becomes ready.
    pub(super) fn add(&mut self, messages: &mut Slab<Message>, slot: u32) {
        match self {
            Self::Standard(line) => line.add(messages, slot),
            Self::Fifo(line) => line.add(messages, slot),
        }
    }

    /// Takes the next messages, one or up to `max`; they are in flight then. Nothing when nothing may be handed out.
    pub(super) fn take(&mut self, messages: &mut Slab<Message>, now: Micros, max: usize, taken: &mut Vec<u32>) {
        match self {
            Self::Standard(line) => taken.extend(line.take(messages, now)),
            Self::Fifo(line) => line.take(messages, max, taken),
        }
    }

    /// A message of this group is in flight without having waited. Answers whether it may be: nothing is ready, and the
    /// messages in flight keep none back.
    #[inline]
    pub(super) fn pass(&mut self, group: u32, now: Micros) -> bool {
        match self {
            Self::Standard(line) => line.pass(group, now),
            Self::Fifo(_) => false,
        }
    }

    /// A message in flight, of this group and place, leaves.
    #[inline]
    pub(super) fn release(&mut self, messages: &mut Slab<Message>, (group, order): (u32, u64), now: Micros) {
        match self {
            Self::Standard(line) => line.release(group, now),
            Self::Fifo(line) => line.release(messages, group, order),
        }
    }

    /// A ready message leaves, and is marked as gone already; its lane gives its slot back.
    pub(super) fn withdraw(&mut self, messages: &mut Slab<Message>, group: u32) {
        match self {
            Self::Standard(line) => line.withdraw(messages, group),
            Self::Fifo(line) => line.withdraw(messages, group),
        }
    }

    /// Whether a message may be handed out.
    pub(super) const fn has_open(&self) -> bool {
        match self {
            Self::Standard(line) => line.has_open(),
            Self::Fifo(line) => line.has_open(),
        }
    }
}
