//! Faults that begin and end, and settings that change.

use std::cmp::Reverse;

use super::Kernel;
use super::agenda::Kind;
use super::plan::{Change, Step};

impl Kernel<'_> {
    /// A step of the plan is due.
    pub(super) fn step(&mut self, number: u32) {
        self.ahead -= 1;
        match self.plan.steps[number as usize].1 {
            Step::FirstFault => {
                for queue in &mut self.queues {
                    queue.tally.usual = queue.backlog.peak();
                }
            }
            Step::LastFaultOver => {
                for queue in &mut self.queues {
                    queue.tally.is_draining = true;
                    queue.tally.drains_since = self.now;
                    queue.tally.drain(queue.backlog.level(), self.now);
                }
            }
            Step::Begin(function, fault, kind) => {
                self.functions[function as usize].faults.begin(self.now, fault, kind);
            }
            Step::End(function, fault) => self.functions[function as usize].faults.end(self.now, fault),
            Step::Duplicate(queue, fault, share) => self.queues[queue as usize].begin_duplicates(fault, share),
            Step::EndDuplicates(queue, fault) => self.queues[queue as usize].end_duplicates(fault),
            Step::Redrive(queue, fault, rate) => self.begin_move(queue, fault, rate),
            Step::Set(change) => self.set(change),
        }
    }

    fn set(&mut self, change: Change) {
        match change {
            Change::Visibility(queue, visibility) => self.queues[queue as usize].visibility = visibility,
            Change::MaxReceives(queue, max) => self.queues[queue as usize].receives_max = max,
            Change::Delay(queue, delay) => {
                self.queues[queue as usize].delay = delay;
                self.delay_anew(queue);
            }
            Change::Retention(queue, retention) => {
                self.queues[queue as usize].retention = retention;
                self.age(queue);
            }
            Change::BatchSize(mapping, size) => self.mappings[mapping as usize].batch_size = size,
            Change::Window(mapping, window) => self.mappings[mapping as usize].window = window,
            Change::MaximumConcurrency(mapping, max) => {
                let mapping = &mut self.mappings[mapping as usize];
                mapping.concurrency_max = Some(max);
                mapping.places.limit(self.now, max);
            }
            Change::Reserved(function, reserved) => {
                self.functions[function as usize].reserved = Some(reserved);
                self.share_anew();
            }
            Change::Timeout(function, timeout) => self.functions[function as usize].timeout = timeout,
            Change::Memory(function, memory_mb) => self.functions[function as usize].memory_mb = memory_mb,
        }
        self.bounds();
        if let Change::BatchSize(mapping, _) | Change::MaximumConcurrency(mapping, _) | Change::Window(mapping, _) =
            change
        {
            self.stir(self.mappings[mapping as usize].queue);
        }
    }

    /// A FIFO queue's new delay also counts for messages that wait already, as `aqueduct_services::sqs` documents it.
    fn delay_anew(&mut self, number: u32) {
        let queue = &mut self.queues[number as usize];
        if !queue.fifo {
            return;
        }
        let delay = queue.delay;
        let delayed: Vec<_> = queue.delayed.drain().collect();
        for Reverse((_, order, slot)) in delayed {
            let until = (self.messages[slot].sent_at + delay).max(self.now);
            queue.delayed.push(Reverse((until, order, slot)));
            self.agenda.add(until, Kind::Delay, number);
        }
    }
}
