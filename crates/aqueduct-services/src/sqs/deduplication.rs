//! Sends that happen once in five minutes.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::message::Group;
use crate::Timestamp;

/// How long a FIFO queue remembers a deduplication id, also after the message was received and deleted.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html>
const INTERVAL: Duration = Duration::from_mins(5);

/// What a deduplication id counts within: the queue (no group) or a message group.
type Key = (Group, String);

/// The first send under a deduplication id.
#[derive(Clone, Debug)]
pub(super) struct First {
    pub(super) message_id: String,
    pub(super) sequence_number: Option<String>,
}

/// The deduplication ids of a FIFO queue.
#[derive(Debug, Default)]
pub(super) struct Deduplication {
    firsts: BTreeMap<Key, First>,
    /// Ends in the order of time, which is the order of sends.
    ends: VecDeque<(Timestamp, Key)>,
}

impl Deduplication {
    /// The first send under `key` within the interval.
    pub(super) fn first(&mut self, now: Timestamp, key: &Key) -> Option<&First> {
        while self.ends.front().is_some_and(|(end, _)| *end <= now) {
            if let Some((_, key)) = self.ends.pop_front() {
                self.firsts.remove(&key);
            }
        }
        self.firsts.get(key)
    }

    /// Remembers a first send.
    pub(super) fn remember(&mut self, now: Timestamp, key: Key, first: First) {
        self.ends.push_back((now + INTERVAL, key.clone()));
        self.firsts.insert(key, first);
    }
}

/// The deduplication id that a queue derives from a body, attributes aside.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
pub(super) fn content_id(body: &str) -> String {
    use std::fmt::Write as _;

    let mut id = String::with_capacity(64);
    for byte in Sha256::digest(body.as_bytes()) {
        // Writing to a String cannot fail.
        let _ = write!(id, "{byte:02x}");
    }
    id
}
