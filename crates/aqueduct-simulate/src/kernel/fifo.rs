//! The order in which a FIFO queue hands messages out.
//!
//! The order is that of `aqueduct_services::sqs`: a group may be served up to its first message in flight; it stands in the
//! line where its next message arrived, or at the end when that message comes back from a consumer.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use super::lane::Lane;
use super::message::{Message, Slab};

/// A place in the line: behind the message of this order, and the number among those there.
type Turn = (u64, u64);

/// The ready and in-flight messages of one group.
#[derive(Debug, Default)]
struct Members {
    ready: Lane,
    /// The places of its messages in flight, in order.
    in_flight: Vec<u64>,
    /// The group's place in the line while it may be served, and the place of the message that gave it.
    turn: Option<(Turn, u64)>,
}

/// Groups in a line.
#[derive(Debug, Default)]
pub(super) struct FifoLine {
    /// By the group's number.
    groups: Vec<Members>,
    /// The places of groups, with some that they have no more.
    line: BinaryHeap<Reverse<(Turn, u32)>>,
    /// How many groups may be served.
    open: u32,
    /// The place of the message that arrived last.
    latest: u64,
    next_return: u64,
}

impl FifoLine {
    /// A message becomes ready.
    pub(super) fn add(&mut self, messages: &mut Slab<Message>, slot: u32) {
        let Message { group, order, .. } = messages[slot];
        self.latest = self.latest.max(order);
        self.members(group).ready.add(messages, slot);
        self.settle(messages, group);
    }

    /// Takes up to `max` messages of the group whose turn it is, in order; they are in flight then.
    pub(super) fn take(&mut self, messages: &mut Slab<Message>, max: usize, taken: &mut Vec<u32>) {
        let group = loop {
            let Some(Reverse((turn, group))) = self.line.peek().copied() else { return };
            if self.groups[group as usize].turn.is_some_and(|(own, _)| own == turn) {
                break group;
            }
            self.line.pop();
        };
        let members = &mut self.groups[group as usize];
        let bound = members.in_flight.first().copied().unwrap_or(u64::MAX);
        for _ in 0..max {
            let Some((order, slot)) = members.ready.first(messages).filter(|(order, _)| *order < bound) else { break };
            members.ready.take(messages);
            let place = members.in_flight.partition_point(|other| *other < order);
            members.in_flight.insert(place, order);
            taken.push(slot);
        }
        self.settle(messages, group);
    }

    /// A message in flight leaves.
    pub(super) fn release(&mut self, messages: &mut Slab<Message>, group: u32, order: u64) {
        let members = self.members(group);
        if let Ok(place) = members.in_flight.binary_search(&order) {
            members.in_flight.remove(place);
        }
        self.settle(messages, group);
    }

    /// A ready message leaves; its lane gives its slot back.
    pub(super) fn withdraw(&mut self, messages: &mut Slab<Message>, group: u32) {
        self.settle(messages, group);
    }

    /// Whether a group may be served.
    pub(super) const fn has_open(&self) -> bool {
        self.open > 0
    }

    fn members(&mut self, group: u32) -> &mut Members {
        let index = group as usize;
        if index >= self.groups.len() {
            self.groups.resize_with(index + 1, Members::default);
        }
        &mut self.groups[index]
    }

    /// Puts the group into the line or takes it out, as its messages allow.
    fn settle(&mut self, messages: &mut Slab<Message>, group: u32) {
        let members = &mut self.groups[group as usize];
        let bound = members.in_flight.first().copied().unwrap_or(u64::MAX);
        let head = members.ready.first(messages).filter(|(order, _)| *order < bound);
        if members.turn.map(|(_, order)| order) == head.map(|(order, _)| order) {
            return;
        }
        self.open -= u32::from(members.turn.is_some());
        members.turn = head.map(|(order, slot)| {
            let is_new = messages[slot].receives == 0;
            let turn = if is_new { (order, 0) } else { (self.latest, self.next_return) };
            self.line.push(Reverse((turn, group)));
            (turn, order)
        });
        self.open += u32::from(head.is_some());
        self.next_return += 1;
    }
}
