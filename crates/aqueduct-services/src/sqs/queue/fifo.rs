//! The order in which a FIFO queue hands messages out.

use std::collections::{BTreeMap, BTreeSet};

use crate::sqs::message::Group;

/// The ready and in-flight messages of one group, by their order.
#[derive(Debug, Default)]
struct Members {
    ready: BTreeMap<u64, u64>,
    in_flight: BTreeSet<u64>,
    /// The group's place in the line while it may be served.
    turn: Option<u64>,
}

impl Members {
    /// Messages are handed out up to the first one in flight, so that none overtakes another of its group.
    fn is_open(&self) -> bool {
        match (self.ready.first_key_value(), self.in_flight.first()) {
            (Some((ready, _)), Some(in_flight)) => ready < in_flight,
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
    groups: BTreeMap<Group, Members>,
    line: BTreeSet<(u64, Group)>,
    next_turn: u64,
}

impl FifoLine {
    /// A message becomes ready.
    pub(super) fn add(&mut self, group: &Group, order: u64, message: u64) {
        self.groups.entry(group.clone()).or_default().ready.insert(order, message);
        self.settle(group);
    }

    /// Takes up to `max` messages of the group whose turn it is, in order; they are in flight then.
    ///
    /// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-understanding-logic.html>
    pub(super) fn take(&mut self, max: usize) -> Vec<u64> {
        let Some((_, group)) = self.line.first().cloned() else { return Vec::new() };
        let Some(members) = self.groups.get_mut(&group) else { return Vec::new() };
        let bound = members.in_flight.first().copied().unwrap_or(u64::MAX);
        let run: Vec<(u64, u64)> = members.ready.range(..bound).take(max).map(|(order, id)| (*order, *id)).collect();
        for (order, _) in &run {
            members.ready.remove(order);
            members.in_flight.insert(*order);
        }
        self.settle(&group);
        run.into_iter().map(|(_, message)| message).collect()
    }

    /// A message in flight leaves.
    pub(super) fn release(&mut self, group: &Group, order: u64) {
        if let Some(members) = self.groups.get_mut(group) {
            members.in_flight.remove(&order);
        }
        self.settle(group);
    }

    /// A ready message leaves.
    pub(super) fn withdraw(&mut self, group: &Group, order: u64) {
        if let Some(members) = self.groups.get_mut(group) {
            members.ready.remove(&order);
        }
        self.settle(group);
    }

    /// Whether a group may be served.
    pub(super) fn has_open(&self) -> bool {
        !self.line.is_empty()
    }

    /// Puts the group into the line or takes it out, as its messages allow.
    fn settle(&mut self, group: &Group) {
        let Some(members) = self.groups.get_mut(group) else { return };
        match (members.is_open(), members.turn) {
            (true, None) => {
                members.turn = Some(self.next_turn);
                self.line.insert((self.next_turn, group.clone()));
                self.next_turn += 1;
            }
            (false, Some(turn)) => {
                members.turn = None;
                self.line.remove(&(turn, group.clone()));
            }
            _ => {}
        }
        if members.ready.is_empty() && members.in_flight.is_empty() {
            self.groups.remove(group);
        }
    }
}
