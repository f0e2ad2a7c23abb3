//! What is kept of an effect: its result, and what it published.

use std::time::Duration;

use aqueduct_message::Header;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::publish::Outgoing;

/// What is kept of an effect that has happened.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Record {
    /// The result, JSON as it was written: `null`, `false` and `0` are results.
    pub(super) result: Box<RawValue>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) published: Vec<Published>,
}

/// A message that goes out with the result.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Published {
    /// The publisher's name in the [`Idempotency`](super::Idempotency).
    pub(super) to: String,
    header: Header,
    body: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    delay_seconds: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stored: Option<usize>,
}

impl Published {
    pub(super) fn new(to: &str, message: Outgoing) -> Self {
        let delay_seconds = message.delay.map(|delay| delay.as_secs());
        let Outgoing { header, body, stored, .. } = message;
        Self { to: to.to_owned(), header, body, delay_seconds, stored }
    }

    pub(super) fn outgoing(&self) -> Outgoing {
        let delay = self.delay_seconds.map(Duration::from_secs);
        Outgoing { header: self.header.clone(), body: self.body.clone(), delay, stored: self.stored }
    }
}
