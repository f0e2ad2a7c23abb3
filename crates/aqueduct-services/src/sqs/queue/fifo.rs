//! The order in which a FIFO queue hands messages out.

use std::collections::BTreeSet;

use super::lane::Lane;
use super::slab::Slab;

/// The ready and in-flight messages of one group, by their order.
#[derive(Debug, Default)]
struct Members {
    ready: Lane,
    in_flight: BTreeSet<u64>,
    /// The group's place in the line while it may be served, and the order of the message that gave it.
    turn: Option<(Turn, u64)>,
}

/// A place in the line: behind the message of this order, and the number among those there.
type Turn = (u64, u64);

impl Members {
    /// The next message, while it may be handed out: messages are, up to the first one in flight, so that none
    /// overtakes another of its group.
    fn open(&self, slab: &Slab) -> Option<u32> {
        let next = self.ready.next(slab)?;
        let order = slab.get(next)?.order;
        self.in_flight.first().is_none_or(|in_flight| order < *in_flight).then_some(next)
    }
}

/// Groups in a line. A group leaves the line while its next message is in flight. It stands where its next message
/// arrived, or at the end when that message comes back from a consumer.
///
/// Recorded by LocalStack's AWS-validated tests `test_fifo_receive_message_group_id_ordering`,
/// `test_fifo_receive_message_visibility_timeout_shared_in_group`,
/// `test_fifo_receive_message_with_zero_visibility_timeout`,
/// `test_fifo_message_group_visibility_after_terminate_visibility_timeout`,
/// `test_fifo_message_group_visibility_after_delete` and
/// `test_fifo_message_group_visibility_after_partial_delete`.
#[derive(Debug, Default)]
pub(super) struct FifoLine {
    /// By the group's number.
    groups: Vec<Members>,
    line: BTreeSet<(Turn, u32)>,
    /// The order of the message that arrived last.
    latest: u64,
    next_return: u64,
}

impl FifoLine {
    /// A message becomes ready.
    pub(super) fn add(&mut self, slab: &mut Slab, slot: u32) {
        let Some((group, order)) = slab.get(slot).map(|message| (message.group, message.order)) else { return };
        self.latest = self.latest.max(order);
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

    /// A message is in flight already.
    pub(super) fn hold(&mut self, slab: &Slab, group: u32, order: u64) {
        self.latest = self.latest.max(order);
        self.members(group).in_flight.insert(order);
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
        let members = self.members(group);
        let (open, turn) = (members.open(slab), members.turn);
        let head = open.and_then(|slot| slab.get(slot));
        if turn.map(|(_, order)| order) == head.map(|message| message.order) {
            return;
        }
        if let Some((turn, _)) = turn {
            self.line.remove(&(turn, group));
        }
        let turn = head.map(|message| {
            let is_new = message.receive_count == 0;
            let turn = if is_new { (message.order, 0) } else { (self.latest, self.next_return) };
            self.line.insert((turn, group));
            (turn, message.order)
        });
        self.next_return += 1;
        self.members(group).turn = turn;
    }
}
