//! Amazon SNS: topics, subscriptions and their deliveries.

use aqueduct_topology::Arn;

use crate::{ApiError, Delivery, Handover, Ids, Note, Principal, Refusal, Site, Timestamp};

/// A call of the API.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Request {}

/// The answer to a [`Request`].
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Response {}

/// All topics of one account and Region.
#[derive(Debug)]
pub struct Sns {}

#[expect(unused_variables, clippy::unimplemented, clippy::unused_self, reason = "signatures first")]
impl Sns {
    /// Nothing in it yet.
    pub fn new(site: Site, ids: Ids) -> Self {
        unimplemented!()
    }

    /// Answers a call; what it sets in motion comes out of [`Self::take_deliveries`].
    pub fn call(&mut self, now: Timestamp, request: Request) -> Result<Response, ApiError> {
        unimplemented!()
    }

    /// Another service hands a message over.
    pub fn hand_over(
        &mut self,
        now: Timestamp,
        to: &Arn,
        message: Handover,
        from: &Principal,
    ) -> Result<String, Refusal> {
        unimplemented!()
    }

    /// Messages to hand on now.
    pub fn take_deliveries(&mut self) -> Vec<Delivery> {
        unimplemented!()
    }

    /// How a delivery went; a refusal leads to a retry, a dead-letter queue or a loss that is noted.
    pub fn delivered(&mut self, now: Timestamp, ticket: u64, result: Result<(), Refusal>) {
        unimplemented!()
    }

    /// Whether no delivery is under way or waits to be tried again.
    pub fn is_idle(&self) -> bool {
        unimplemented!()
    }

    /// Lets time pass up to `now`: retries and schedules that are due.
    pub fn tick(&mut self, now: Timestamp) {
        unimplemented!()
    }

    /// When [`Self::tick`] has something to do next.
    pub fn next_wake(&self) -> Option<Timestamp> {
        unimplemented!()
    }

    /// What happened since the last call.
    pub fn take_notes(&mut self) -> Vec<Note> {
        unimplemented!()
    }
}
