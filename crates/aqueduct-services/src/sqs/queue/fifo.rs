//! The order in which a FIFO queue hands messages out.

use std::collections::BTreeSet;

use super::lane::Lane;
use super::slab::Slab;

/// The ready and in-flight messages of one group, by their order.
#[derive(Debug, Default)]
struct Members {
    ready: Lane,
    in_flight: BTreeSet<u64>,
    /// The group's place in the line while it may be served.
    turn: Option<u64>,
}

impl Members {
    /// Messages are handed out up to the first one in flight, so that none overtakes another of its group.
    fn is_open(&self, slab: &Slab) -> bool {
        match (self.ready.first(slab), self.in_flight.first()) {
            (Some(ready), Some(in_flight)) => ready < *in_flight,
            (ready, _) => ready.is_some(),
        }
    }
}

/// Groups in a line. A group leaves the line while its next message is in flight, and joins its end when one of its
/// messages becomes visible or its last one in flight is deleted.
///
/// Recorded by LocalStack's AWS-validated tests `test_fifo_receive_message_group_id_ordering`,
/// `test_fifo_message_group_visibility_after_terminate_visibility_timeout` and
/// `test_fifo_message_group_visibility_after_partial_delete`.
#[derive(Debug, Default)]
pub(super) struct FifoLine {
    /// By the group's number.
    groups: Vec<Members>,
    line: BTreeSet<(u64, u32)>,
    next_turn: u64,
}

impl FifoLine {
    /// A message becomes ready.
    pub(super) fn add(&mut self, slab: &mut Slab, slot: u32) {
        let Some(group) = slab.get(slot).map(|message| message.group) else { return };
        self.members(group).ready.add(slab, slot);
        self.settle(slab, group);
    }

    /// Takes up to `max` messages of the group whose turn it is, in order; they are in flight then.
    ///
    /// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html>
    pub(super) fn take(&mut self, slab: &mut Slab, max: usize, taken: &mut Vec<u32>) {
        let Some((_, group)) = self.line.first().copied() else { return };
        let members = self.members(group);
        let bound = members.in_flight.first().copied().unwrap_or(u64::MAX);
        for _ in 0..max {
            let Some(order) = members.ready.first(slab).filter(|order| *order < bound) else { break };
            members.in_flight.insert(order);
            taken.extend(members.ready.pop(slab));
        }
        self.settle(slab, group);
    }

    /// A message in flight leaves.
    pub(super) fn release(&mut self, slab: &Slab, group: u32, order: u64) {
        self.members(group).in_flight.remove(&order);
        self.settle(slab, group);
    }

    /// A ready message leaves.
    pub(super) fn withdraw(&mut self, slab: &mut Slab, slot: u32) {
        let Some(group) = slab.get(slot).map(|message| message.group) else { return };
        self.members(group).ready.remove(slab, slot);
        self.settle(slab, group);
    }

    /// Whether a group may be served.
    pub(super) fn has_open(&self) -> bool {
        !self.line.is_empty()
    }

    /// The last message of a group has left; its number may come to mean another group.
    pub(super) fn forget(&mut self, group: u32) {
        *self.members(group) = Members::default();
    }

    /// A FIFO queue takes no message without a group, so that `group` is a number.
    fn members(&mut self, group: u32) -> &mut Members {
        let index = group as usize;
        if index >= self.groups.len() {
            self.groups.resize_with(index + 1, Members::default);
        }
        &mut self.groups[index]
    }

    /// Puts the group into the line or takes it out, as its messages allow.
    fn settle(&mut self, slab: &Slab, group: u32) {
        let next_turn = self.next_turn;
        let members = self.members(group);
        match (members.is_open(slab), members.turn) {
            (true, None) => {
                members.turn = Some(next_turn);
                self.line.insert((next_turn, group));
                self.next_turn += 1;
            }
            (false, Some(turn)) => {
                members.turn = None;
                self.line.remove(&(turn, group));
            }
            _ => {}
        }
    }
}
