//! Sends that happen once in five minutes.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::window::Window;
use crate::{Timestamp, Uuid};

/// How long a FIFO queue remembers a deduplication id, also after the message was received and deleted.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html>
const INTERVAL: Duration = Duration::from_mins(5);

/// Stands for a deduplication id and what it counts within, the queue or a message group: half of their SHA-256.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key(pub(super) [u8; 16]);

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl FromStr for Key {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        u128::from_str_radix(text, 16).map(|key| Self(key.to_be_bytes()))
    }
}

impl Key {
    /// The key of an id within a group, or within the queue.
    pub(super) fn of(group: Option<&str>, id: &str) -> Self {
        let group = group.unwrap_or_default();
        let mut sum = Sha256::new();
        // The length keeps apart what the two texts might say together.
        sum.update(group.len().to_be_bytes());
        sum.update(group.as_bytes());
        sum.update(id.as_bytes());
        let sum: [u8; 32] = sum.finalize().into();
        let mut key = [0; 16];
        key.copy_from_slice(&sum[..16]);
        Self(key)
    }
}

/// The first send under a deduplication id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct First {
    pub(super) message_id: Uuid,
    pub(super) sequence: u64,
}

/// The deduplication ids of a FIFO queue.
#[derive(Debug, Default)]
pub(super) struct Deduplication {
    window: Window,
}

impl Deduplication {
    /// Forgets the sends whose interval is over, and answers their keys.
    pub(super) fn expire(&mut self, now: Timestamp) -> impl Iterator<Item = Key> {
        std::iter::from_fn(move || self.window.pop_ended(now).map(|entry| entry.key))
    }

    /// The first send under `key` within the interval.
    pub(super) fn first(&self, key: Key) -> Option<First> {
        self.get(key).map(|(_, first)| first)
    }

    /// Remembers a first send at `now`.
    pub(super) fn remember(&mut self, now: Timestamp, key: Key, first: First) {
        self.remember_until(now + INTERVAL, key, first);
    }

    /// Remembers a first send until `end`. An id that a move brought again is remembered from then on.
    pub(super) fn remember_until(&mut self, end: Timestamp, key: Key, first: First) {
        self.window.push(end, key, first);
    }

    /// The first send under `key` and when it is forgotten.
    pub(super) fn get(&self, key: Key) -> Option<(Timestamp, First)> {
        self.window.latest(key).map(|entry| (entry.end, entry.first()))
    }

    /// The keys of all first sends; one that was remembered again comes more than once.
    pub(super) fn keys(&self) -> impl Iterator<Item = Key> {
        self.window.iter().map(|entry| entry.key)
    }
}
