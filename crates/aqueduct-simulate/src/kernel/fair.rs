//! The order in which a standard queue hands messages out: first come first served, quiet tenants before noisy ones.
//!
//! The rules, and what is not modelled of them, are those of [`aqueduct_services::sqs::limits`]. All tenants stand in one
//! lane; when the turn of a noisy one comes, its messages step aside, so that nothing is sorted while nobody is noisy.

use aqueduct_services::sqs::limits::{NOISE_FADES, NOISY_IN_FLIGHT_MIN, is_large_share};

use super::agenda::Micros;
use super::lane::Lane;
use super::message::{Message, NONE, Slab};
use super::micros;

/// The messages of one group.
#[derive(Debug, Default)]
struct Tenant {
    /// Those that stepped aside.
    aside: Lane,
    ready: u32,
    in_flight: u32,
    /// When it last had messages in flight.
    last_active: Micros,
    is_noisy: bool,
}

/// Tenants by message group. Messages without one are each their own tenant, so that together they are never noisy.
#[derive(Debug, Default)]
pub(super) struct FairLine {
    lane: Lane,
    /// By the group's number.
    tenants: Vec<Tenant>,
    /// Tenants that reach [`NOISY_IN_FLIGHT_MIN`].
    busy: Vec<u32>,
    noisy: Vec<u32>,
    in_flight: u32,
    ready: u32,
}

impl FairLine {
    /// A message becomes ready.
    pub(super) fn add(&mut self, messages: &mut Slab<Message>, slot: u32) {
        self.ready += 1;
        let group = messages[slot].group;
        if group != NONE {
            let tenant = self.tenant(group);
            tenant.ready += 1;
            if tenant.is_noisy {
                return tenant.aside.add(messages, slot);
            }
        }
        self.lane.add(messages, slot);
    }

    /// Takes the next message; it is in flight then.
    pub(super) fn take(&mut self, messages: &mut Slab<Message>, now: Micros) -> Option<u32> {
        if !(self.busy.is_empty() && self.noisy.is_empty()) {
            self.judge(messages, now);
        }
        let slot = self.next(messages)?;
        self.ready -= 1;
        let group = messages[slot].group;
        if group != NONE {
            self.tenants[group as usize].ready -= 1;
        }
        self.count(group, now, 1);
        Some(slot)
    }

    /// A message is in flight without having waited, if nothing is ready and nobody may be noisy.
    #[inline]
    pub(super) fn pass(&mut self, group: u32, now: Micros) -> bool {
        if self.ready > 0 || !self.busy.is_empty() || !self.noisy.is_empty() {
            return false;
        }
        if group != NONE {
            self.tenant(group);
        }
        self.count(group, now, 1);
        true
    }

    /// A message in flight leaves.
    #[inline]
    pub(super) fn release(&mut self, group: u32, now: Micros) {
        self.count(group, now, -1);
    }

    /// A ready message leaves; its lane gives its slot back.
    pub(super) fn withdraw(&mut self, messages: &mut Slab<Message>, group: u32) {
        self.ready -= 1;
        if group != NONE {
            let tenant = &mut self.tenants[group as usize];
            tenant.ready -= 1;
            tenant.aside.first(messages);
        }
        self.lane.first(messages);
    }

    /// Whether a message is ready.
    pub(super) const fn has_open(&self) -> bool {
        self.ready > 0
    }

    fn tenant(&mut self, group: u32) -> &mut Tenant {
        let index = group as usize;
        if index >= self.tenants.len() {
            self.tenants.resize_with(index + 1, Tenant::default);
        }
        &mut self.tenants[index]
    }

    /// Finds out who is noisy now.
    fn judge(&mut self, messages: &mut Slab<Message>, now: Micros) {
        for group in &self.busy {
            let tenant = &mut self.tenants[*group as usize];
            if !tenant.is_noisy && is_large_share(tenant.in_flight as usize, self.in_flight as usize) {
                tenant.is_noisy = true;
                self.noisy.push(*group);
            }
        }
        let (tenants, lane) = (&mut self.tenants, &mut self.lane);
        self.noisy.retain(|group| {
            let tenant = &mut tenants[*group as usize];
            let fades = micros(NOISE_FADES);
            tenant.is_noisy = tenant.ready > 0 && !(tenant.in_flight == 0 && now - tenant.last_active >= fades);
            while !tenant.is_noisy
                && let Some(slot) = tenant.aside.take(messages)
            {
                lane.add(messages, slot);
            }
            tenant.is_noisy
        });
    }

    /// The oldest message of a quiet tenant; without one, that of the noisy tenant with the fewest in flight.
    fn next(&mut self, messages: &mut Slab<Message>) -> Option<u32> {
        while let Some(slot) = self.lane.take(messages) {
            let group = messages[slot].group;
            if group == NONE || !self.tenants[group as usize].is_noisy {
                return Some(slot);
            }
            self.tenants[group as usize].aside.add(messages, slot);
        }
        let tenants = &self.tenants;
        let with_ready = self.noisy.iter().filter(|group| tenants[**group as usize].ready > 0);
        let group = *with_ready.min_by_key(|group| (tenants[**group as usize].in_flight, **group))?;
        self.tenants[group as usize].aside.take(messages)
    }

    /// Changes a tenant's number of messages in flight and keeps `busy` true.
    #[inline]
    fn count(&mut self, group: u32, now: Micros, change: i32) {
        self.in_flight = self.in_flight.wrapping_add_signed(change);
        if group == NONE {
            return;
        }
        let tenant = &mut self.tenants[group as usize];
        let before = tenant.in_flight;
        tenant.in_flight = before.wrapping_add_signed(change);
        tenant.last_active = now;
        let is_busy = |in_flight: u32| in_flight as usize >= NOISY_IN_FLIGHT_MIN;
        match (is_busy(before), is_busy(tenant.in_flight)) {
            (false, true) => self.busy.push(group),
            (true, false) => self.busy.retain(|busy| *busy != group),
            _ => {}
        }
    }
}
