//! Whether the endpoint and its queues answer, said once each time that it changes.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::RemoteError;
use crate::clock::Clock;
use crate::event::Event;
use crate::fleet::Events;

/// What everybody who calls the endpoint learns about it together.
#[derive(Debug)]
pub(super) struct Presence {
    endpoint: String,
    clock: Clock,
    events: Events,
    /// The endpoint's address and the names of queues, where they do not answer as they should.
    away: Mutex<BTreeSet<String>>,
}

impl Presence {
    pub(super) fn new(endpoint: String, clock: Clock, events: Events) -> Self {
        Self { endpoint, clock, events, away: Mutex::default() }
    }

    /// A queue answered.
    pub(super) fn answered(&self, queue: &str) {
        self.back(&self.endpoint);
        self.back(queue);
    }

    /// A call about a queue failed.
    pub(super) fn failed(&self, queue: &str, error: &RemoteError) {
        if let RemoteError::Unreachable { reason, .. } = error {
            self.away(&self.endpoint, reason);
        } else {
            self.back(&self.endpoint);
            self.away(queue, &error.to_string());
        }
    }

    fn away(&self, place: &str, reason: &str) {
        if self.lock().insert(place.to_owned()) {
            let (place, reason) = (place.to_owned(), reason.to_owned());
            self.events.send(Event::EndpointAway { at: self.clock.now(), place, reason });
        }
    }

    fn back(&self, place: &str) {
        if self.lock().remove(place) {
            self.events.send(Event::EndpointBack { at: self.clock.now(), place: place.to_owned() });
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeSet<String>> {
        self.away.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
