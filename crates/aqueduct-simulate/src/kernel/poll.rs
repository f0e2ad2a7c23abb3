//! What a mapping does when it looks at its queue, as `aqueduct_services` does it: receive, filter, cut batches, start them.

use super::Kernel;
use super::agenda::{Kind, NEVER};
use super::batch::{Held, Mapping};
use super::leave::Leave;
use super::outcome::Outcome;
use super::tally::Requests;
use crate::Cause;

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
            let mapping = &mut self.mappings[number as usize];
            let is_quiet = mapping.held.is_empty() && !self.queues[mapping.queue as usize].line.has_open();
            if is_quiet || !mapping.has_place(self.now) {
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

    /// A mapping has received the one message that there was.
    pub(super) fn took(&mut self, number: u32) {
        let plan = self.plan;
        let mapping = &self.mappings[number as usize];
        self.tally.asked(&plan.queues[mapping.queue as usize], plan.groups, 1);
        let is_full = mapping.held.len() >= mapping.batch_size;
        if is_full || !mapping.held.is_empty() && mapping.window_ends <= self.now {
            self.new_batch(number);
        } else if mapping.held.len() > mapping.returned + 1 && !mapping.left_some && mapping.places.holds(self.now) {
            // Another message waits for the batch longer, so that nothing is different.
            return;
        }
        self.settle(number);
    }

    /// Receives until the batch is full or the queue has no more; messages that no filter lets through are deleted.
    fn fill(&mut self, number: u32) {
        let plan = self.plan;
        let Mapping { queue, batch_size, .. } = self.mappings[number as usize];
        loop {
            let room = batch_size.saturating_sub(self.mappings[number as usize].held.len());
            if room == 0 || !self.queues[queue as usize].line.has_open() {
                return;
            }
            let received = self.receive(queue, room, number);
            if received == 0 {
                return;
            }
            let requests = Requests { received, ..Requests::default() };
            self.tally.requests(&plan.queues[queue as usize], plan.groups, requests);
        }
    }

    /// A message that was received waits for its batch, unless no filter lets it through.
    #[inline]
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
            outcome: Outcome::Failed(Cause::NeverRan),
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
        let now = self.now;
        let mapping = &mut self.mappings[number as usize];
        let has_place = !mapping.held.is_empty() && mapping.has_place(now);
        let mut wake = NEVER;
        mapping.left_some = self.queues[mapping.queue as usize].line.has_open();
        if !mapping.fifo {
            mapping.places.used(now, mapping.batches);
            if mapping.left_some {
                wake = mapping.places.next_step(now);
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
