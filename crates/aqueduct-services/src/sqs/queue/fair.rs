//! The order in which a standard queue hands messages out: first come first served, quiet tenants before noisy ones.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::Timestamp;
use crate::sqs::message::Group;

/// A tenant is noisy from this many messages in flight on, if they are also more than a tenth of the queue's.
///
/// The thresholds are documented as approximate. The other sign of noise, more than a tenth of the consumers' recent
/// processing time, is not modelled.
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues-detailed.html>
const NOISY_IN_FLIGHT_MIN: usize = 30;

/// How long a tenant without messages in flight stays noisy. Same source.
const NOISE_FADES: Duration = Duration::from_mins(5);

/// The messages of one tenant.
#[derive(Debug, Default)]
struct Tenant {
    ready: BTreeMap<u64, u64>,
    in_flight: usize,
    /// When it last had messages in flight.
    last_active: Timestamp,
}

/// Tenants by message group. Messages without one are each their own tenant, so that together they are never noisy.
#[derive(Debug, Default)]
pub(super) struct FairLine {
    tenants: BTreeMap<Group, Tenant>,
    /// The first ready message of each tenant that has one.
    heads: BTreeSet<(u64, Group)>,
    /// Tenants that reach [`NOISY_IN_FLIGHT_MIN`].
    busy: BTreeSet<(usize, Group)>,
    noisy: BTreeSet<Group>,
    in_flight: usize,
}

impl FairLine {
    /// A message becomes ready.
    pub(super) fn add(&mut self, group: &Group, order: u64, message: u64) {
        self.with_head(group, |tenant| {
            tenant.ready.insert(order, message);
        });
    }

    /// Takes the next message; it is in flight then.
    pub(super) fn take(&mut self, now: Timestamp) -> Option<u64> {
        self.judge(now);
        let group = self.next_tenant()?;
        let mut taken = None;
        self.with_head(&group, |tenant| taken = tenant.ready.pop_first());
        let (_, message) = taken?;
        self.count(&group, now, 1);
        Some(message)
    }

    /// A message in flight leaves.
    pub(super) fn release(&mut self, group: &Group, now: Timestamp) {
        self.count(group, now, -1);
        self.forget_empty(group);
    }

    /// A ready message leaves.
    pub(super) fn withdraw(&mut self, group: &Group, order: u64) {
        self.with_head(group, |tenant| {
            tenant.ready.remove(&order);
        });
        self.forget_empty(group);
    }

    /// Whether a message is ready.
    pub(super) fn has_open(&self) -> bool {
        !self.heads.is_empty()
    }

    /// Finds out who is noisy now.
    fn judge(&mut self, now: Timestamp) {
        // At most nine tenants can each have more than a tenth, and they are the last ones of `busy`.
        for (in_flight, group) in self.busy.iter().rev() {
            if in_flight * 10 <= self.in_flight {
                break;
            }
            self.noisy.insert(group.clone());
        }
        let tenants = &self.tenants;
        self.noisy.retain(|group| {
            tenants.get(group).is_some_and(|tenant| {
                let faded = tenant.in_flight == 0 && now.since(tenant.last_active) >= NOISE_FADES;
                !tenant.ready.is_empty() && !faded
            })
        });
    }

    /// The quiet tenant whose first message is oldest; without one, the noisy tenant with the fewest in flight.
    fn next_tenant(&self) -> Option<Group> {
        if let Some((_, group)) = self.heads.iter().find(|(_, group)| !self.noisy.contains(group)) {
            return Some(group.clone());
        }
        self.noisy.iter().min_by_key(|group| self.tenants.get(*group).map(|tenant| tenant.in_flight)).cloned()
    }

    /// Changes a tenant and keeps `heads` true.
    fn with_head(&mut self, group: &Group, change: impl FnOnce(&mut Tenant)) {
        let tenant = self.tenants.entry(group.clone()).or_default();
        let before = tenant.ready.first_key_value().map(|(order, _)| *order);
        change(tenant);
        let after = tenant.ready.first_key_value().map(|(order, _)| *order);
        if before == after {
            return;
        }
        if let Some(order) = before {
            self.heads.remove(&(order, group.clone()));
        }
        if let Some(order) = after {
            self.heads.insert((order, group.clone()));
        }
    }

    /// Changes a tenant's number of messages in flight and keeps `busy` true.
    fn count(&mut self, group: &Group, now: Timestamp, change: isize) {
        let tenant = self.tenants.entry(group.clone()).or_default();
        let before = tenant.in_flight;
        tenant.in_flight = before.saturating_add_signed(change);
        tenant.last_active = now;
        self.in_flight = self.in_flight.saturating_add_signed(change);
        if group.is_some() {
            self.busy.remove(&(before, group.clone()));
            if tenant.in_flight >= NOISY_IN_FLIGHT_MIN {
                self.busy.insert((tenant.in_flight, group.clone()));
            }
        }
    }

    /// A tenant without messages needs no memory; `judge` drops it from the noisy ones.
    fn forget_empty(&mut self, group: &Group) {
        if self.tenants.get(group).is_some_and(|tenant| tenant.ready.is_empty() && tenant.in_flight == 0) {
            self.tenants.remove(group);
        }
    }
}
