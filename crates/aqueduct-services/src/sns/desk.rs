//! Deliveries that have not come to their end: ready to be handed on, under way, waiting for another attempt, or in line
//! behind one of the same group.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use aqueduct_topology::Arn;

use super::delivery::Job;
use super::post::Post;
use crate::keep::Kept;
use crate::{Delivery, Timestamp};

/// All deliveries, by number; the number of a delivery under way is its ticket.
#[derive(Debug, Default)]
pub(super) struct Desk {
    pub(super) jobs: Kept<u64, Job>,
    pub(super) last: u64,
    under_way: BTreeSet<u64>,
    waiting: BTreeSet<(Timestamp, u64)>,
    /// The deliveries of a group of a FIFO topic to a subscriber, in the order of publication. Only the first is handed
    /// on, so that a retry cannot be overtaken.
    lanes: BTreeMap<(Arn, String), VecDeque<u64>>,
    pub(super) ready: Vec<Delivery>,
    pub(super) posts: Vec<Post>,
}

impl Desk {
    /// Takes a delivery in; answers its number when it is its turn.
    pub(super) fn enter(&mut self, job: Job) -> Option<u64> {
        self.last += 1;
        let number = self.last;
        let lane = job.lane();
        self.jobs.insert(number, job);
        self.line_up(number, lane)
    }

    /// Puts a delivery at the end of its lane; answers its number when it is its turn.
    pub(super) fn line_up(&mut self, number: u64, lane: Option<(Arn, String)>) -> Option<u64> {
        let Some(lane) = lane else { return Some(number) };
        let queued = self.lanes.entry(lane).or_default();
        queued.push_back(number);
        (queued.len() == 1).then_some(number)
    }

    /// A delivery is handed on.
    pub(super) fn start(&mut self, number: u64) {
        self.under_way.insert(number);
    }

    /// An attempt came to its end; false for a ticket that is not under way.
    pub(super) fn settle(&mut self, number: u64) -> bool {
        self.under_way.remove(&number)
    }

    /// A delivery waits until `at`.
    pub(super) fn wait(&mut self, at: Timestamp, number: u64) {
        if let Some(job) = self.jobs.get_mut(&number) {
            job.due = Some(at);
        }
        self.waiting.insert((at, number));
    }

    /// Lets a delivery go; answers the number of the one whose turn it is now.
    pub(super) fn leave(&mut self, number: u64) -> Option<u64> {
        let job = self.jobs.remove(&number)?;
        self.under_way.remove(&number);
        if let Some(due) = job.due {
            self.waiting.remove(&(due, number));
        }
        let lane = job.lane()?;
        let queued = self.lanes.get_mut(&lane)?;
        let was_first = queued.front() == Some(&number);
        queued.retain(|other| *other != number);
        let next = queued.front().copied();
        if next.is_none() {
            self.lanes.remove(&lane);
        }
        next.filter(|_| was_first)
    }

    /// Deliveries that are not under way and of which `wanted` holds.
    pub(super) fn resting(&self, wanted: impl Fn(&Job) -> bool) -> Vec<u64> {
        let rests = |number: &u64| !self.under_way.contains(number);
        self.jobs.iter().filter(|(number, job)| rests(number) && wanted(job)).map(|(number, _)| *number).collect()
    }

    /// Deliveries whose time to wait is over at `now`, the oldest first.
    pub(super) fn take_due(&mut self, now: Timestamp) -> Vec<u64> {
        let later = self.waiting.split_off(&(now + std::time::Duration::from_millis(1), 0));
        std::mem::replace(&mut self.waiting, later).into_iter().map(|(_, number)| number).collect()
    }

    /// When the next delivery's time to wait is over.
    pub(super) fn next_wake(&self) -> Option<Timestamp> {
        self.waiting.first().map(|(at, _)| *at)
    }
}
