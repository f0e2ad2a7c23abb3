//! A channel that keeps what it is given, for tests.

use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::{BoxFuture, FutureExt as _};

use super::{Ack, Channel, Fate, Limits, Outgoing, Refusal};

/// The messages of a [`Publisher::memory`](super::Publisher::memory).
#[derive(Clone, Debug, Default)]
pub struct Sent {
    messages: Arc<Mutex<Vec<Outgoing>>>,
    failure: Arc<Mutex<Option<String>>>,
}

impl Sent {
    /// What has been published so far.
    pub fn messages(&self) -> Vec<Outgoing> {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on every message is refused for this reason; with `None` they are taken again.
    pub fn refuse(&self, reason: Option<&str>) {
        *self.failure.lock().unwrap_or_else(PoisonError::into_inner) = reason.map(str::to_owned);
    }
}

impl Channel for Sent {
    fn name(&self) -> String {
        "memory".to_owned()
    }

    fn limits(&self) -> Limits {
        Limits { entries: 10, bytes: usize::MAX, delay: std::time::Duration::MAX }
    }

    fn send<'a>(&'a self, messages: &'a [&'a Outgoing]) -> BoxFuture<'a, Vec<Fate>> {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(reason) = failure {
            return std::future::ready(vec![Err(Refusal::last("Refused", reason)); messages.len()]).boxed();
        }
        let acks = messages.iter().map(|message| Ok(Ack(message.header.id.clone()))).collect();
        let mut kept = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(messages.iter().map(|message| (*message).clone()));
        std::future::ready(acks).boxed()
    }
}
