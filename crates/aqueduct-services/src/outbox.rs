//! Messages on their way out of a service: ready to be handed on, under way, or waiting for another attempt.

use std::collections::BTreeMap;

use crate::{Delivery, Handover, Principal, Timestamp};

use aqueduct_topology::Arn;

/// The way out of a service. `J` is what the service needs to know about a delivery when it hears how it went.
#[derive(Debug)]
pub(crate) struct Outbox<J> {
    tickets: u64,
    ready: Vec<Delivery>,
    under_way: BTreeMap<u64, J>,
    waiting: BTreeMap<(Timestamp, u64), J>,
}

impl<J> Default for Outbox<J> {
    fn default() -> Self {
        Self { tickets: 0, ready: Vec::new(), under_way: BTreeMap::new(), waiting: BTreeMap::new() }
    }
}

impl<J> Outbox<J> {
    /// Makes a delivery ready to be handed on.
    pub(crate) fn send(&mut self, from: Principal, to: Arn, message: Handover, job: J) {
        let ticket = self.ticket();
        self.ready.push(Delivery { ticket, from, to, message });
        self.under_way.insert(ticket, job);
    }

    /// Keeps a job until `at`.
    pub(crate) fn wait(&mut self, at: Timestamp, job: J) {
        let ticket = self.ticket();
        self.waiting.insert((at, ticket), job);
    }

    /// The deliveries to hand on now, in the order in which they were sent.
    pub(crate) fn take_ready(&mut self) -> Vec<Delivery> {
        std::mem::take(&mut self.ready)
    }

    /// The job of a delivery that came to its end; `None` for a ticket that is not under way.
    pub(crate) fn settle(&mut self, ticket: u64) -> Option<J> {
        self.under_way.remove(&ticket)
    }

    /// Jobs whose time to wait is over at `now`, the oldest first.
    pub(crate) fn take_due(&mut self, now: Timestamp) -> Vec<J> {
        let later = self.waiting.split_off(&(now + std::time::Duration::from_millis(1), 0));
        std::mem::replace(&mut self.waiting, later).into_values().collect()
    }

    /// When the next job's time to wait is over.
    pub(crate) fn next_wake(&self) -> Option<Timestamp> {
        self.waiting.first_key_value().map(|((at, _), _)| *at)
    }

    fn ticket(&mut self) -> u64 {
        self.tickets += 1;
        self.tickets
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_wake_at_their_time_in_order() {
        let mut outbox = Outbox::default();
        let at = Timestamp::from_millis;
        outbox.wait(at(20), "later");
        outbox.wait(at(10), "first");
        outbox.wait(at(10), "second");
        assert_eq!(outbox.next_wake(), Some(at(10)));
        assert_eq!(outbox.take_due(at(9)), Vec::<&str>::new());
        assert_eq!(outbox.take_due(at(10)), ["first", "second"]);
        assert_eq!(outbox.take_due(at(20)), ["later"]);
        assert_eq!(outbox.next_wake(), None);
    }
}
