//! Items: they arrive, lead to messages and events, and are over with the last of these.

use super::Kernel;
use super::agenda::{Micros, NEVER};
use super::message::{Item, NONE};
use super::plan::{Place, Way};
use crate::Cause;

impl Kernel<'_> {
    /// The next arrival: its time and its stream.
    pub(super) fn next_arrival(&self) -> (Micros, usize) {
        let nexts = self.streams.iter().enumerate().map(|(number, (stream, _))| (stream.next(), number));
        nexts.min().unwrap_or((NEVER, 0))
    }

    /// An item arrives.
    pub(super) fn arrive(&mut self, stream: usize) {
        let plan = self.plan;
        let arrivals = &plan.arrivals[stream];
        let (times, chance) = &mut self.streams[stream];
        times.advance();
        let group = match arrivals.groups {
            0 => NONE,
            1 => 0,
            groups if arrivals.noisy_share > 0.0 => {
                if chance.happens(arrivals.noisy_share) {
                    0
                } else {
                    1 + chance.below(groups - 1)
                }
            }
            groups => chance.below(groups),
        };
        let item = self.items.insert(Item {
            arrived: self.now,
            number: self.next_item,
            group,
            open: 1,
            arrivals: u16::try_from(stream).unwrap_or(u16::MAX),
            ..Item::default()
        });
        self.next_item = self.next_item.wrapping_add(1);
        self.tally.items[stream].arrived += 1;
        self.tally.called(plan, arrivals.call, group);
        if arrivals.is_synchronous {
            for way in &arrivals.ways {
                if let Place::Function(function) = way.to {
                    self.call(item, function);
                }
            }
        } else {
            self.send(item, &arrivals.to, &arrivals.ways);
        }
        self.close(item);
    }

    /// Copies of what something hands on go where they go.
    pub(super) fn send(&mut self, item: u32, from: &str, ways: &[Way]) {
        for way in ways {
            match way.to {
                Place::Queue(queue) => {
                    let own = self.items[item].group;
                    let group = self.plan.group(way.group, own);
                    self.open(item);
                    if way.is_undelivered {
                        self.queues[queue as usize].tally.dead_letter((from, Cause::Undelivered), self.now);
                    }
                    self.sent(queue, item, group, way.content);
                }
                Place::Function(function) => {
                    self.open(item);
                    self.enqueue(item, function);
                }
                Place::Outside(exit) => self.tally.left[exit as usize] += 1,
                Place::Nowhere => self.items[item].lost = true,
            }
        }
    }

    /// One more thing belongs to an item.
    pub(super) fn open(&mut self, item: u32) {
        self.items[item].open += 1;
    }

    /// One thing less belongs to an item; with the last one it is over.
    pub(super) fn close(&mut self, item: u32) {
        let entry = &mut self.items[item];
        entry.open -= 1;
        if entry.open == 0 {
            let tally = &mut self.tally.items[usize::from(entry.arrivals)];
            if entry.lost {
                tally.lost += 1;
            } else {
                tally.done += 1;
            }
            self.items.free(item);
        }
    }
}
