//! The order in which a standard queue hands messages out: first come first served, quiet tenants before noisy ones.

use std::collections::BTreeSet;

use super::groups::NO_GROUP;
use super::lane::Lane;
use super::slab::Slab;
use crate::Timestamp;
use crate::sqs::limits::{NOISE_FADES, NOISY_IN_FLIGHT_MIN, is_large_share};

/// The messages of one tenant.
#[derive(Debug, Default)]
struct Tenant {
    ready: Lane,
    in_flight: usize,
    /// When it last had messages in flight.
    last_active: Timestamp,
}

/// Tenants by message group. Messages without one are each their own tenant, so that together they are never noisy.
#[derive(Debug, Default)]
pub(super) struct FairLine {
    ungrouped: Tenant,
    /// By the group's number.
    grouped: Vec<Tenant>,
    /// The first ready message of each tenant that has one.
    heads: BTreeSet<(u64, u32)>,
    /// Tenants that reach [`NOISY_IN_FLIGHT_MIN`].
    busy: BTreeSet<(usize, u32)>,
    noisy: BTreeSet<u32>,
    in_flight: usize,
}

impl FairLine {
    /// A message becomes ready.
    pub(super) fn add(&mut self, slab: &mut Slab, slot: u32) {
        let Some(group) = slab.get(slot).map(|message| message.group) else { return };
        self.with_head(slab, group, |lane, slab| lane.add(slab, slot));
    }

    /// Takes the next message; it is in flight then.
    pub(super) fn take(&mut self, slab: &mut Slab, now: Timestamp) -> Option<u32> {
        if !(self.busy.is_empty() && self.noisy.is_empty()) {
            self.judge(now);
        }
        let group = self.next_tenant()?;
        let slot = self.with_head(slab, group, Lane::pop)?;
        self.count(group, now, 1);
        Some(slot)
    }

    /// A message is in flight already.
    pub(super) fn hold(&mut self, group: u32, since: Timestamp) {
        self.count(group, since, 1);
    }

    /// A message in flight leaves.
    pub(super) fn release(&mut self, group: u32, now: Timestamp) {
        self.count(group, now, -1);
    }

    /// A ready message leaves.
    pub(super) fn withdraw(&mut self, slab: &mut Slab, slot: u32) {
        let Some(group) = slab.get(slot).map(|message| message.group) else { return };
        self.with_head(slab, group, |lane, slab| lane.remove(slab, slot));
    }

    /// Whether a message is ready.
    pub(super) fn has_open(&self) -> bool {
        !self.heads.is_empty()
    }

    /// The last message of a group has left; its number may come to mean another group.
    pub(super) fn forget(&mut self, group: u32) {
        self.noisy.remove(&group);
        *self.tenant(group) = Tenant::default();
    }

    fn tenant(&mut self, group: u32) -> &mut Tenant {
        if group == NO_GROUP {
            return &mut self.ungrouped;
        }
        let index = group as usize;
        if index >= self.grouped.len() {
            self.grouped.resize_with(index + 1, Tenant::default);
        }
        &mut self.grouped[index]
    }

    /// Finds out who is noisy now.
    fn judge(&mut self, now: Timestamp) {
        // At most nine tenants can each have more than a tenth, and they are the last ones of `busy`.
        for (in_flight, group) in self.busy.iter().rev() {
            if !is_large_share(*in_flight, self.in_flight) {
                break;
            }
            self.noisy.insert(*group);
        }
        let tenants = &self.grouped;
        self.noisy.retain(|group| {
            tenants.get(*group as usize).is_some_and(|tenant| {
                let faded = tenant.in_flight == 0 && now.since(tenant.last_active) >= NOISE_FADES;
                !tenant.ready.is_empty() && !faded
            })
        });
    }

    /// The quiet tenant whose first message is oldest; without one, the noisy tenant with the fewest in flight.
    fn next_tenant(&self) -> Option<u32> {
        if let Some((_, group)) = self.heads.iter().find(|(_, group)| !self.noisy.contains(group)) {
            return Some(*group);
        }
        let in_flight = |group: &&u32| self.grouped.get(**group as usize).map(|tenant| tenant.in_flight);
        self.noisy.iter().min_by_key(in_flight).copied()
    }

    /// Changes a tenant's ready messages and keeps `heads` true.
    fn with_head<T>(&mut self, slab: &mut Slab, group: u32, change: impl FnOnce(&mut Lane, &mut Slab) -> T) -> T {
        let lane = &mut self.tenant(group).ready;
        let before = lane.first(slab);
        let result = change(lane, slab);
        let after = lane.first(slab);
        if before != after {
            if let Some(order) = before {
                self.heads.remove(&(order, group));
            }
            if let Some(order) = after {
                self.heads.insert((order, group));
            }
        }
        result
    }

    /// Changes a tenant's number of messages in flight and keeps `busy` true.
    fn count(&mut self, group: u32, now: Timestamp, change: isize) {
        let tenant = self.tenant(group);
        let before = tenant.in_flight;
        let after = before.saturating_add_signed(change);
        tenant.in_flight = after;
        tenant.last_active = now;
        self.in_flight = self.in_flight.saturating_add_signed(change);
        if group != NO_GROUP {
            if before >= NOISY_IN_FLIGHT_MIN {
                self.busy.remove(&(before, group));
            }
            if after >= NOISY_IN_FLIGHT_MIN {
                self.busy.insert((after, group));
            }
        }
    }
}
