//! Batches: messages in the hands of a mapping, from their receipt to the end of their invocation.

use aqueduct_services::lambda::pace::batch_throttle_wait;

use super::Kernel;
use super::agenda::{Kind, Micros, NEVER};
use super::leave::Leave;
use super::message::State;
use super::micros;
use super::outcome::Outcome;
use super::places::Places;
use super::plan::{self, Plan};
use super::tally::Requests;
use crate::Cause;

/// An event source mapping.
#[derive(Debug)]
pub(super) struct Mapping {
    pub(super) queue: u32,
    pub(super) function: u32,
    pub(super) fifo: bool,
    pub(super) partial: bool,
    pub(super) batch_size: usize,
    pub(super) window: Micros,
    pub(super) concurrency_max: Option<u32>,
    pub(super) places: Places,
    /// Messages received for a batch that has not started.
    pub(super) held: Vec<Held>,
    /// How many of those are in their queue again.
    pub(super) returned: usize,
    pub(super) window_ends: Micros,
    /// Batches under way.
    pub(super) batches: usize,
    /// Whether its last look left messages that are ready.
    pub(super) left_some: bool,
    /// When it is to look at its queue next, as of its last look.
    pub(super) wake: Micros,
    /// When the agenda asks it.
    pub(super) asked: Micros,
}

impl Mapping {
    pub(super) fn new(plan: &Plan, mapping: &plan::Mapping) -> Self {
        Self {
            queue: mapping.queue,
            function: mapping.function,
            fifo: plan.queues[mapping.queue as usize].fifo,
            partial: mapping.partial,
            batch_size: mapping.batch_size,
            window: mapping.window,
            concurrency_max: mapping.concurrency_max,
            places: Places::new(mapping.concurrency_max),
            held: Vec::new(),
            returned: 0,
            window_ends: NEVER,
            batches: 0,
            left_some: false,
            wake: NEVER,
            asked: NEVER,
        }
    }

    /// Whether it may start another batch. A FIFO queue allows as many as it has groups, which its own line sees to.
    #[inline]
    pub(super) fn has_place(&mut self, now: Micros) -> bool {
        match (self.fifo, self.concurrency_max) {
            (false, _) => self.batches < self.places.allowed(now),
            (true, Some(max)) => self.batches < max as usize,
            (true, None) => true,
        }
    }
}

/// A message in the hands of a mapping.
#[derive(Clone, Copy, Debug)]
pub(super) struct Held {
    pub(super) slot: u32,
    pub(super) serial: u32,
    /// When its visibility timeout ends.
    pub(super) until: Micros,
    pub(super) receives: u16,
    pub(super) outcome: Outcome,
    /// Whether it is in its queue again before the batch ends.
    pub(super) is_late: bool,
}

/// A batch that takes one of its mapping's places.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub(super) mapping: u32,
    pub(super) held: Vec<Held>,
    /// When the first of its messages returns to the queue.
    returns: Micros,
    /// How often it found no free concurrency.
    throttles: u32,
    began: Micros,
    /// What ended the batch as a whole.
    pub(super) failed: Option<Cause>,
}

impl Kernel<'_> {
    /// Starts a batch that was taken from its mapping.
    pub(super) fn new_batch(&mut self, mapping: u32) {
        let number = self.batches.claim(Batch::default);
        let (batch, mapping_entry) = (&mut self.batches[number], &mut self.mappings[mapping as usize]);
        std::mem::swap(&mut batch.held, &mut mapping_entry.held);
        batch.mapping = mapping;
        batch.returns = batch.held.iter().map(|held| held.until).min().unwrap_or(NEVER);
        batch.throttles = 0;
        mapping_entry.batches += 1;
        mapping_entry.returned = 0;
        mapping_entry.window_ends = NEVER;
        self.start_batch(number);
    }

    /// Starts a batch, or lets it wait for free concurrency.
    fn start_batch(&mut self, number: u32) {
        let mapping = self.batches[number].mapping;
        let function = self.mappings[mapping as usize].function;
        if !self.has_capacity(function) {
            self.functions[function as usize].tally.throttles += 1;
            let batch = &mut self.batches[number];
            let due = (self.now + micros(batch_throttle_wait(batch.throttles))).min(batch.returns);
            batch.throttles += 1;
            self.agenda.add(due.max(self.now), Kind::BatchDue, number);
            return;
        }
        let took = self.judge_batch(number, function);
        let ends = self.now + took;
        let batch = &mut self.batches[number];
        batch.began = self.now;
        if batch.returns <= ends {
            for held in &mut batch.held {
                if held.until <= ends && !held.is_late {
                    held.is_late = true;
                    self.agenda.add(held.until, Kind::Return, held.slot);
                }
            }
        }
        self.agenda.add(ends, Kind::BatchEnd, number);
    }

    /// A throttled batch is to be tried again. One whose messages return to the queue is given up.
    pub(super) fn batch_due(&mut self, number: u32) {
        if self.batches[number].returns > self.now {
            self.start_batch(number);
            let mapping = self.batches[number].mapping;
            // The mapping looks at its queue whenever it tries a batch again, and sees whether it still needs all its places.
            return self.stir(self.mappings[mapping as usize].queue);
        }
        let mut held = std::mem::take(&mut self.batches[number].held);
        for held in held.drain(..).filter(|held| !held.is_late) {
            self.messages[held.slot].fate = Cause::NeverRan;
            self.return_at(held.slot, held.until);
        }
        self.batches[number].held = held;
        let queue = self.free_batch(number);
        self.stir(queue);
    }

    /// A batch's invocation ends: its messages are deleted, but for those that failed.
    pub(super) fn batch_ended(&mut self, number: u32) {
        let Batch { mapping, began, failed, .. } = self.batches[number];
        let mut held = std::mem::take(&mut self.batches[number].held);
        let Mapping { function, partial, queue, .. } = self.mappings[mapping as usize];
        for held in held.iter().filter(|held| held.outcome == Outcome::Done) {
            self.effect(*held, function);
        }
        self.release(function, began);
        let mut requests = Requests::default();
        for held in held.drain(..) {
            match (failed, held.outcome) {
                (None, Outcome::Done) => self.delete(held, &mut requests),
                (None, Outcome::Rejected) => self.put_aside(held, &mut requests),
                (Some(cause), Outcome::Done | Outcome::Rejected) | (_, Outcome::Failed(cause)) => {
                    self.keep(held, function, cause, &mut requests);
                }
            }
        }
        self.tally.requests(&self.plan.queues[queue as usize], self.plan.groups, requests);
        self.batches[number].held = held;
        let mapping = &mut self.mappings[mapping as usize];
        // With `ReportBatchItemFailures`, failures do not reduce polling.
        if failed.is_some() && !partial {
            mapping.places.failed(self.now);
        }
        let queue = self.free_batch(number);
        self.poll(queue);
    }

    /// A batch's place is free again; answers the queue that may fill it.
    fn free_batch(&mut self, number: u32) -> u32 {
        let mapping = self.batches[number].mapping;
        self.batches.free(number);
        let mapping = &mut self.mappings[mapping as usize];
        mapping.batches -= 1;
        mapping.queue
    }

    /// Whether an entry of a batch still stands for the message that has its slot.
    #[inline]
    fn is_current(&self, held: Held) -> bool {
        if !held.is_late {
            return true;
        }
        let message = &self.messages[held.slot];
        message.serial == held.serial && message.receives == held.receives && message.state != State::Gone
    }

    /// A function succeeded with a message.
    fn effect(&mut self, held: Held, function: u32) {
        // One that left or is somebody else's now had its effect all the same, but nobody is left to count it for.
        if !self.is_current(held) || self.messages[held.slot].state == State::Gone {
            return;
        }
        let message = &mut self.messages[held.slot];
        self.functions[function as usize].tally.repeated += u64::from(message.succeeded);
        message.succeeded = true;
        let item = message.item;
        self.succeed(item, function);
    }

    /// The mapping deletes a message. A FIFO queue refuses when its visibility timeout is over; a standard queue takes the
    /// handle of the latest receive.
    fn delete(&mut self, held: Held, requests: &mut Requests) {
        requests.deleted += 1;
        if !self.is_current(held) {
            return;
        }
        let message = &mut self.messages[held.slot];
        if message.state == State::Gone {
            return self.messages.free(held.slot);
        }
        if held.is_late && self.queues[usize::from(message.queue)].fifo {
            message.fate = Cause::Late;
            return;
        }
        if message.sticks {
            (message.sticks, message.fate) = (false, Cause::Late);
            if !held.is_late {
                self.return_at(held.slot, held.until);
            }
            return;
        }
        let item = message.item;
        self.leave(held.slot, Leave::Done);
        self.close(item);
    }

    /// A function has put a message into the dead-letter queue, and it is deleted.
    fn put_aside(&mut self, held: Held, requests: &mut Requests) {
        requests.deleted += 1;
        if !self.is_current(held) {
            return;
        }
        if self.messages[held.slot].state == State::Gone {
            return self.messages.free(held.slot);
        }
        requests.rejected += 1;
        self.reject(held.slot);
    }

    /// A message was not worked on and comes back.
    fn keep(&mut self, held: Held, function: u32, cause: Cause, requests: &mut Requests) {
        if !self.is_current(held) {
            return;
        }
        self.messages[held.slot].fate = cause;
        if held.is_late {
            return;
        }
        let until = match cause {
            Cause::TimedOut | Cause::Crash => held.until,
            _ => match self.back_off(function, held.receives) {
                Some(wait) => {
                    requests.hidden += 1;
                    self.now + wait
                }
                None => held.until,
            },
        };
        self.return_at(held.slot, until);
    }
}
