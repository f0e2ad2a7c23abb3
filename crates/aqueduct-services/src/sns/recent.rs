//! Publishes that happen once in five minutes.

use std::collections::VecDeque;
use std::time::Duration;

use aqueduct_topology::Arn;
use serde::{Deserialize, Serialize};

use super::answers::Published;
use crate::Timestamp;
use crate::keep::Kept;

/// How long a FIFO topic remembers deduplication ids.
///
/// Source: <https://docs.aws.amazon.com/sns/latest/dg/fifo-message-dedup.html>
const INTERVAL: Duration = Duration::from_mins(5);

/// The first publish under a deduplication id.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct First {
    at: Timestamp,
    message_id: String,
    sequence_number: Option<String>,
}

/// The deduplication ids of all FIFO topics, with their groups where they count within those.
#[derive(Debug, Default)]
pub(super) struct Recent {
    pub(super) firsts: Kept<(Arn, String), First>,
    /// In the order of time, which is the order of publishes.
    ends: VecDeque<(Timestamp, (Arn, String))>,
}

impl Recent {
    /// What the first publish under `key` was answered, within the interval.
    pub(super) fn first(&mut self, now: Timestamp, topic: &Arn, key: &str) -> Option<Published> {
        while self.ends.front().is_some_and(|(end, _)| *end <= now) {
            if let Some((_, key)) = self.ends.pop_front() {
                self.firsts.remove(&key);
            }
        }
        let first = self.firsts.get(&(topic.clone(), key.to_owned()))?;
        Some(Published { message_id: first.message_id.clone(), sequence_number: first.sequence_number.clone() })
    }

    /// Remembers a first publish.
    pub(super) fn remember(&mut self, now: Timestamp, topic: &Arn, key: String, published: Published) {
        let key = (topic.clone(), key);
        self.ends.push_back((now + INTERVAL, key.clone()));
        let Published { message_id, sequence_number } = published;
        self.firsts.insert(key, First { at: now, message_id, sequence_number });
    }

    /// Forgets a topic.
    pub(super) fn clear(&mut self, topic: &Arn) {
        self.firsts.retain(|(of, _), _| of != topic);
        self.ends.retain(|(_, (of, _))| of != topic);
    }

    /// Sorts what was restored by the time at which it ends.
    pub(super) fn resume(&mut self) {
        let mut ends: Vec<_> = self.firsts.iter().map(|(key, first)| (first.at + INTERVAL, key.clone())).collect();
        ends.sort();
        self.ends = ends.into();
    }
}
