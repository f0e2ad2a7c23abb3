//! Sends that happen once in five minutes.

use std::collections::{HashMap, VecDeque};
use std::fmt::{self, Write as _};
use std::hash::{BuildHasherDefault, Hash, Hasher};
use std::num::ParseIntError;
use std::str::FromStr;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

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

/// A key is a hash already.
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let [start @ .., _, _, _, _, _, _, _, _] = self.0;
        state.write_u64(u64::from_ne_bytes(start));
    }
}

/// Takes a key as the hash that it is.
#[derive(Clone, Copy, Debug, Default)]
struct Same(u64);

impl Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
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
    /// Found in the same time among few and many; nothing depends on their order.
    firsts: HashMap<Key, (Timestamp, First), BuildHasherDefault<Same>>,
    /// Ends in the order of time, which is the order of sends.
    ends: VecDeque<(Timestamp, Key)>,
}

impl Deduplication {
    /// Forgets the sends whose interval is over, and answers their keys.
    pub(super) fn expire(&mut self, now: Timestamp) -> impl Iterator<Item = Key> {
        std::iter::from_fn(move || {
            self.ends.pop_front_if(|(end, _)| *end <= now).map(|(ended, key)| {
                // An id that a move brought again is remembered from then on.
                if self.firsts.get(&key).is_some_and(|(end, _)| *end == ended) {
                    self.firsts.remove(&key);
                }
                key
            })
        })
    }

    /// The first send under `key` within the interval.
    pub(super) fn first(&self, key: Key) -> Option<First> {
        self.firsts.get(&key).map(|(_, first)| *first)
    }

    /// Remembers a first send at `now`.
    pub(super) fn remember(&mut self, now: Timestamp, key: Key, first: First) {
        self.remember_until(now + INTERVAL, key, first);
    }

    /// Remembers a first send until `end`.
    pub(super) fn remember_until(&mut self, end: Timestamp, key: Key, first: First) {
        self.ends.push_back((end, key));
        self.firsts.insert(key, (end, first));
    }

    /// The first send under `key` and when it is forgotten.
    pub(super) fn get(&self, key: Key) -> Option<(Timestamp, First)> {
        self.firsts.get(&key).copied()
    }

    /// All first sends, by their ends.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Key, Timestamp)> {
        self.ends
            .iter()
            .filter(|(end, key)| self.get(*key).is_some_and(|(until, _)| until == *end))
            .map(|(end, key)| (*key, *end))
    }
}

/// The deduplication id that a queue derives from a body, attributes aside.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
pub(super) fn content_id(body: &str) -> String {
    let mut id = String::with_capacity(64);
    for byte in Sha256::digest(body.as_bytes()) {
        // Writing to a String cannot fail.
        let _ = write!(id, "{byte:02x}");
    }
    id
}
