//! The archive of a FIFO topic: what was published, for as long as the topic's policy says.
//!
//! Source: <https://docs.aws.amazon.com/sns/latest/dg/message-archiving-and-replay-topic-owner.html>

use std::sync::Arc;
use std::time::Duration;

use aqueduct_topology::Arn;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::json_error;
use super::message::{self, Message};
use crate::Timestamp;
use crate::keep::Kept;

/// The longest retention, in days.
const DAYS_MAX: u64 = 365;

/// A message in an archive.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Archived(#[serde(with = "message")] pub(super) Arc<Message>);

/// The archives of all topics, in the order of publication.
#[derive(Debug, Default)]
pub(super) struct Archives {
    pub(super) messages: Kept<(Arn, u64), Archived>,
}

impl Archives {
    /// Keeps a message of a FIFO topic, and lets go of those that are older than `retention`.
    pub(super) fn add(&mut self, now: Timestamp, message: &Arc<Message>, retention: Duration) {
        let Some(sequence) = message.sequence else { return };
        while let Some(oldest) = self.oldest(&message.topic).filter(|oldest| now.since(oldest.at) > retention) {
            self.messages.remove(&(oldest.topic.clone(), oldest.sequence.unwrap_or_default()));
        }
        self.messages.insert((message.topic.clone(), sequence), Archived(Arc::clone(message)));
    }

    /// The messages of a topic from the time `from` to `until`, the oldest first.
    pub(super) fn between(&self, topic: &Arn, from: Timestamp, until: Option<Timestamp>) -> Vec<Arc<Message>> {
        let wanted = |message: &&Arc<Message>| message.at >= from && until.is_none_or(|until| message.at <= until);
        self.of(topic).filter(wanted).map(Arc::clone).collect()
    }

    /// Deletes an archive.
    pub(super) fn clear(&mut self, topic: &Arn) {
        while let Some(oldest) = self.oldest(topic) {
            self.messages.remove(&(oldest.topic.clone(), oldest.sequence.unwrap_or_default()));
        }
    }

    fn oldest(&self, topic: &Arn) -> Option<Arc<Message>> {
        self.of(topic).next().map(Arc::clone)
    }

    fn of(&self, topic: &Arn) -> impl Iterator<Item = &Arc<Message>> {
        let range = (topic.clone(), 0)..=(topic.clone(), u64::MAX);
        self.messages.range(range).map(|(_, Archived(message))| message)
    }
}

/// Reads an `ArchivePolicy`: how long messages are kept, or nothing where the empty object ends the archive. An error
/// says what is wrong, without the parameter's name.
pub(super) fn retention(text: &str) -> Result<Option<Duration>, String> {
    let policy: Value = serde_json::from_str(text).map_err(|error| json_error::describe(text, &error))?;
    let members = policy.as_object().ok_or("must be a JSON object")?;
    if let Some(name) = members.keys().find(|name| *name != "MessageRetentionPeriod") {
        return Err(format!("unexpected JSON member: {name}"));
    }
    let Some(days) = members.get("MessageRetentionPeriod") else { return Ok(None) };
    let days = days.as_u64().or_else(|| days.as_str().and_then(|days| days.parse().ok()));
    let days = days.filter(|days| (1..=DAYS_MAX).contains(days));
    let days = days.ok_or_else(|| format!("MessageRetentionPeriod must be an integer between 1 and {DAYS_MAX}"))?;
    Ok(Some(Duration::from_secs(days * 86_400)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_retention_is_a_number_of_days() {
        let day = Duration::from_hours(24);
        assert_eq!(retention(r#"{"MessageRetentionPeriod":"30"}"#), Ok(Some(30 * day)));
        assert_eq!(retention(r#"{"MessageRetentionPeriod":365}"#), Ok(Some(365 * day)));
        assert_eq!(retention("{}"), Ok(None));
        for wrong in [
            "",
            "[]",
            r#"{"MessageRetentionPeriod":0}"#,
            r#"{"MessageRetentionPeriod":366}"#,
            r#"{"MessageRetentionPeriod":1.5}"#,
            r#"{"Days":1}"#,
        ] {
            assert!(retention(wrong).is_err(), "{wrong}");
        }
    }
}
