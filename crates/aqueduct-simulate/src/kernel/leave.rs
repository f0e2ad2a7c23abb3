//! Messages leave their queue, or return to it.

use aqueduct_services::sqs::limits::RECEIVES_BEFORE_BACK;

use super::Kernel;
use super::agenda::{Kind, Micros};
use super::ages::BESIDE;
use super::message::{Message, State};

/// How a message leaves its queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leave {
    Done,
    Filtered,
    DeadLettered,
    Expired,
    Redriven,
}

impl Kernel<'_> {
    /// A queue gives a message up. Its age stays on a standard queue and starts anew on a FIFO queue, as
    /// `aqueduct_services::sqs` documents it.
    pub(super) fn bury(&mut self, slot: u32) {
        let message = self.messages[slot];
        let number = u32::from(message.queue);
        let to = self.queues[number as usize].dead_letters;
        self.leave(slot, Leave::DeadLettered);
        let is_fifo = self.queues[to as usize].fifo;
        let sent_at = if is_fifo { self.now } else { message.sent_at };
        let from = (self.plan.queues[number as usize].id.as_str(), message.fate);
        self.queues[to as usize].tally.dead_letter(from, self.now);
        // It is not delivered any more, whatever its queue says of new messages.
        self.enter(to, Message { sent_at, source: message.queue, sticks: false, ..message }, 0);
        self.stir(to);
    }

    /// A function puts a message into its queue's dead-letter queue.
    pub(super) fn reject(&mut self, slot: u32) {
        let message = self.messages[slot];
        let number = u32::from(message.queue);
        let to = self.queues[number as usize].dead_letters;
        self.leave(slot, Leave::DeadLettered);
        let from = (self.plan.queues[number as usize].id.as_str(), message.fate);
        self.queues[to as usize].tally.dead_letter(from, self.now);
        let delay = self.queues[to as usize].delay;
        let message = Message { sent_at: self.now, source: u16::MAX, receives: 0, sticks: false, ..message };
        self.enter(to, message, delay);
        self.stir(to);
    }

    /// A message leaves its queue, whatever its state. Its item is not closed.
    pub(super) fn leave(&mut self, slot: u32, how: Leave) {
        let message = self.messages[slot];
        let number = u32::from(message.queue);
        let queue = &mut self.queues[number as usize];
        #[cfg(test)]
        self.log.push((number, self.items[message.item].number, message.receives, how.name(), self.now));
        queue.ages.remove(&mut self.messages, slot);
        queue.backlog.down(self.now);
        queue.tally.leave(how, message.receives);
        if queue.tally.is_draining {
            queue.tally.drain(queue.backlog.level(), self.now);
        }
        match message.state {
            State::InFlight => {
                queue.in_flight.down(self.now);
                queue.line.release(&mut self.messages, (message.group, message.order), self.now);
                if how == Leave::Expired {
                    // Who has it gives its slot back.
                    self.messages[slot].state = State::Gone;
                } else {
                    self.messages.free(slot);
                }
            }
            State::Ready => {
                self.messages[slot].state = State::Gone;
                queue.line.withdraw(&mut self.messages, message.group);
            }
            State::Delayed | State::Gone => self.messages[slot].state = State::Gone,
        }
        if queue.takes_dead_letters {
            self.items[message.item].dead -= 1;
        }
        if !queue.rests {
            self.restless -= 1;
        }
        // The first one of the list, or one beside it.
        if message.older >= BESIDE {
            self.age(number);
        }
    }

    /// A message in flight is to return to its queue at `until`.
    pub(super) fn return_at(&mut self, slot: u32, until: Micros) {
        if until <= self.now {
            self.visible_again(slot);
        } else {
            self.agenda.add(until, Kind::Return, slot);
        }
    }

    /// A message in flight returns to its queue.
    pub(super) fn visible_again(&mut self, slot: u32) {
        let message = self.messages[slot];
        if message.state == State::Gone {
            return self.messages.free(slot);
        }
        let number = u32::from(message.queue);
        let queue = &mut self.queues[number as usize];
        queue.in_flight.down(self.now);
        queue.line.release(&mut self.messages, (message.group, message.order), self.now);
        let entry = &mut self.messages[slot];
        entry.state = State::Ready;
        if !queue.fifo && u32::from(message.receives) >= RECEIVES_BEFORE_BACK {
            entry.order = queue.next_order();
        }
        queue.line.add(&mut self.messages, slot);
        self.stir(number);
    }
}

#[cfg(test)]
impl Leave {
    const fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Filtered => "filtered",
            Self::DeadLettered => "dead",
            Self::Expired => "expired",
            Self::Redriven => "redriven",
        }
    }
}
