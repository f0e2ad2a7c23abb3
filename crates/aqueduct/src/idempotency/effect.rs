//! The effect that is under way, as it sees itself.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use aqueduct_message::IntoDraft;

use super::record::Published;
use crate::{Failure, Publisher};

/// What an effect has of its claim. See [`Once::run`](super::Once::run).
#[derive(Clone, Debug)]
pub struct Effect {
    pub(super) fence: u64,
    pub(super) publishers: Arc<BTreeMap<String, Publisher>>,
    pub(super) published: Arc<Mutex<Vec<Published>>>,
}

impl Effect {
    /// A number that is greater than that of every earlier attempt at the key. A store that keeps the greatest number it
    /// has seen and refuses smaller ones cannot be written to by an attempt that was taken for dead and comes back.
    pub fn fence(&self) -> u64 {
        self.fence
    }

    /// Publishes a message once the effect has happened. It is kept with the result in one write, then sent by the publisher
    /// that [`Idempotency::to`](super::Idempotency::to) named, and sent again, with the same id and key, by every duplicate.
    /// An effect that fails publishes nothing.
    pub fn publish(&self, to: &str, message: impl IntoDraft) -> Result<(), Failure> {
        let Some(publisher) = self.publishers.get(to) else {
            return Err(unknown(to, &self.publishers));
        };
        let message = publisher.prepare(&message.into_draft())?;
        self.published.lock().unwrap_or_else(PoisonError::into_inner).push(Published::new(to, message));
        Ok(())
    }

    pub(super) fn take(&self) -> Vec<Published> {
        std::mem::take(&mut *self.published.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

pub(super) fn unknown(to: &str, publishers: &BTreeMap<String, Publisher>) -> Failure {
    let known = publishers.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
    let known = if known.is_empty() { "none" } else { &known };
    Failure::retry(format!("no publisher is named `{to}`; `Idempotency::to` names them, and there are: {known}"))
        .kind("UnknownPublisher")
}
