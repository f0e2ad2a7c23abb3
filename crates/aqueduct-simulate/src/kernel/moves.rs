//! Message move tasks: dead letters go back where they came from, as `aqueduct_services::sqs` moves them.

use aqueduct_services::sqs::limits::{MOVE_RUNS_MAX, move_due};

use super::Kernel;
use super::agenda::{Kind, Micros};
use super::leave::Leave;
use super::message::{Message, State};
use super::micros;

/// A move task.
#[derive(Clone, Copy, Debug)]
pub(super) struct MoveTask {
    queue: u32,
    /// The fault of the scenario that it is.
    fault: usize,
    rate: Option<u32>,
    started: Micros,
    /// How many messages could be received from the queue when it began.
    to_move: u64,
    moved: u64,
}

impl Kernel<'_> {
    /// A move task begins.
    pub(super) fn begin_move(&mut self, queue: u32, fault: usize, rate: Option<u32>) {
        let entry = &self.queues[queue as usize];
        let delayed = entry.delayed.len() as u64;
        let to_move = u64::from(entry.backlog.level() - entry.in_flight.level()).saturating_sub(delayed);
        let number = u32::try_from(self.moves.len()).unwrap_or(u32::MAX);
        self.moves.push(MoveTask { queue, fault, rate, started: self.now, to_move, moved: 0 });
        self.ahead += 1;
        self.agenda.add(self.now, Kind::Move, number);
    }

    /// A task's next message is due. The task ends with the last one, or with one that SQS cannot say the source of.
    pub(super) fn move_next(&mut self, number: u32) {
        let task = &mut self.moves[number as usize];
        let is_over = task.moved >= task.to_move || self.now - task.started > micros(MOVE_RUNS_MAX);
        let (queue, fault, rate, started, moved) = (task.queue, task.fault, task.rate, task.started, task.moved + 1);
        task.moved = moved;
        if is_over || !self.move_one(queue) {
            self.ahead -= 1;
            return;
        }
        self.tally.struck[fault] += 1;
        self.agenda.add(started + micros(move_due(moved, rate)), Kind::Move, number);
    }

    fn move_one(&mut self, number: u32) -> bool {
        let queue = &mut self.queues[number as usize];
        let mut slots = Vec::with_capacity(1);
        queue.line.take(&mut self.messages, self.now, 1, &mut slots);
        let Some(slot) = slots.first().copied() else { return false };
        queue.in_flight.up(self.now);
        self.messages[slot].state = State::InFlight;
        let message = self.messages[slot];
        if message.source == u16::MAX {
            self.visible_again(slot);
            return false;
        }
        self.leave(slot, Leave::Redriven);
        let source = u32::from(message.source);
        let delay = self.queues[source as usize].delay;
        self.enter(source, Message { sent_at: self.now, source: u16::MAX, receives: 0, ..message }, delay);
        self.stir(source);
        true
    }
}
