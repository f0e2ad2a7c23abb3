//! What a mapping does when it looks at its queue, as `aqueduct_services` does it: receive, filter, cut batches, start them.

use super::Kernel;
use super::agenda::{Kind, Micros, NEVER};
use super::batch::{Held, Mapping};
use super::queue::Leave;
use super::tally::Requests;

impl Kernel<'_> {
    /// Lets a queue's mappings look at it, in the order of their creation.
    pub(super) fn poll(&mut self, queue: u32) {
        let plan = self.plan;
        for mapping in &plan.queues[queue as usize].mappings {
            self.poll_mapping(*mapping);
        }
    }

    /// The agenda has a mapping look at its queue.
    pub(super) fn wake(&mut self, number: u32) {
        let mapping = &mut self.mappings[number as usize];
        if mapping.asked <= self.now {
            mapping.asked = NEVER;
        }
        if mapping.wake <= self.now {
            self.return_held(number);
            self.poll_mapping(number);
        } else {
            self.ask(number);
        }
    }

    fn poll_mapping(&mut self, number: u32) {
        loop {
            let mapping = &self.mappings[number as usize];
            let is_quiet = mapping.held.is_empty() && !self.queues[mapping.queue as usize].line.has_open();
            if is_quiet || !self.has_place(number) {
                break;
            }
            self.fill(number);
            let mapping = &self.mappings[number as usize];
            let is_full = mapping.held.len() >= mapping.batch_size;
            if mapping.held.is_empty() || !(is_full || mapping.window_ends <= self.now) {
                break;
            }
            self.new_batch(number);
        }
        self.settle(number);
    }

    /// Whether a mapping may start another batch. A FIFO queue allows as many as it has groups, which its own line sees to.
    fn has_place(&self, number: u32) -> bool {
        let mapping = &self.mappings[number as usize];
        let places = if mapping.fifo {
            mapping.concurrency_max.map_or(usize::MAX, |max| max as usize)
        } else {
            mapping.ramp.allowed(self.timestamp(), mapping.scale)
        };
        mapping.batches < places
    }

    /// Receives until the batch is full or the queue has no more; messages that no filter lets through are deleted.
    fn fill(&mut self, number: u32) {
        let plan = self.plan;
        let Mapping { queue, batch_size, .. } = self.mappings[number as usize];
        loop {
            let room = batch_size.saturating_sub(self.mappings[number as usize].held.len());
            let received = if room == 0 { 0 } else { self.receive(queue, room, number) };
            if received == 0 {
                return;
            }
            let requests = Requests { received, ..Requests::default() };
            self.tally.requests(&plan.queues[queue as usize], plan.groups, requests);
        }
    }

    /// A message that was received waits for its batch, unless no filter lets it through.
    pub(super) fn hold(&mut self, number: u32, queue: u32, slot: u32) {
        let plan = self.plan;
        let message = self.messages[slot];
        if let Some(passes) = &plan.mappings[number as usize].passes
            && !passes.get(usize::from(message.content)).copied().unwrap_or(true)
        {
            self.leave(slot, Leave::Filtered);
            return self.close(message.item);
        }
        let until = self.now + self.queues[queue as usize].visibility;
        let mapping = &mut self.mappings[number as usize];
        if mapping.held.is_empty() {
            mapping.window_ends = self.now + mapping.window;
        }
        mapping.held.push(Held {
            slot,
            serial: message.serial,
            until,
            receives: message.receives,
            outcome: super::outcome::Outcome::NeverRan,
            is_late: false,
        });
    }

    /// Messages that are held for longer than their visibility timeout are in their queue again, and in the batch too.
    fn return_held(&mut self, number: u32) {
        loop {
            let mapping = &mut self.mappings[number as usize];
            let Some(held) = mapping.held.get_mut(mapping.returned).filter(|held| held.until <= self.now) else {
                return;
            };
            held.is_late = true;
            mapping.returned += 1;
            let slot = held.slot;
            self.visible_again(slot);
        }
    }

    /// Says how many places are taken, and notes when to look again.
    fn settle(&mut self, number: u32) {
        let now = self.timestamp();
        let has_place = !self.mappings[number as usize].held.is_empty() && self.has_place(number);
        let mapping = &mut self.mappings[number as usize];
        let mut wake = NEVER;
        if !mapping.fifo {
            mapping.ramp.used(now, mapping.batches, mapping.scale);
            if self.queues[mapping.queue as usize].line.has_open()
                && let Some(step) = mapping.ramp.next_step(now, mapping.scale)
            {
                wake = millis(step.as_millis());
            }
        }
        if let Some(first) = mapping.held.get(mapping.returned) {
            wake = wake.min(first.until);
            if has_place {
                wake = wake.min(mapping.window_ends);
            }
        }
        mapping.wake = wake;
        self.ask(number);
    }

    /// Has the agenda ask a mapping no later than it is to look at its queue.
    fn ask(&mut self, number: u32) {
        let mapping = &mut self.mappings[number as usize];
        if mapping.wake < mapping.asked {
            mapping.asked = mapping.wake.max(self.now);
            self.agenda.add(mapping.asked, Kind::Wake, number);
        }
    }
}

/// Milliseconds in microseconds.
const fn millis(millis: u64) -> Micros {
    millis.saturating_mul(1_000)
}
