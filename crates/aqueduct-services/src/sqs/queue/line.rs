//! Which message is next, for both kinds of queue.

use super::fair::FairLine;
use super::fifo::FifoLine;
use crate::Timestamp;
use crate::sqs::message::Message;

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
    pub(super) fn add(&mut self, message: &Message, key: u64) {
        match self {
            Self::Standard(line) => line.add(&message.group, message.order, key),
            Self::Fifo(line) => line.add(&message.group, message.order, key),
        }
    }

    /// Takes the next messages, one or up to `max`; they are in flight then. Nothing when nothing may be handed out.
    pub(super) fn take(&mut self, now: Timestamp, max: usize) -> Vec<u64> {
        match self {
            Self::Standard(line) => line.take(now).into_iter().collect(),
            Self::Fifo(line) => line.take(max),
        }
    }

    /// A message in flight leaves.
    pub(super) fn release(&mut self, message: &Message, now: Timestamp) {
        match self {
            Self::Standard(line) => line.release(&message.group, now),
            Self::Fifo(line) => line.release(&message.group, message.order),
        }
    }

    /// A ready message leaves.
    pub(super) fn withdraw(&mut self, message: &Message) {
        match self {
            Self::Standard(line) => line.withdraw(&message.group, message.order),
            Self::Fifo(line) => line.withdraw(&message.group, message.order),
        }
    }

    /// Whether a message may be handed out.
    pub(super) fn has_open(&self) -> bool {
        match self {
            Self::Standard(line) => line.has_open(),
            Self::Fifo(line) => line.has_open(),
        }
    }
}
