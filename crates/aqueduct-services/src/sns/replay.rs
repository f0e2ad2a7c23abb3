//! Replays: the archived messages of a FIFO topic sent once more to one subscription.
//!
//! Source: <https://docs.aws.amazon.com/sns/latest/dg/message-archiving-and-replay-subscriber.html>

use std::sync::Arc;

use serde_json::Value;

use super::delivery::Job;
use super::refusals::invalid;
use super::subscription::Subscription;
use super::{Sns, json_error};
use crate::{ApiError, Note, Timestamp, What};

/// From when to when a `ReplayPolicy` replays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub(super) from: Timestamp,
    /// Without an end the subscription goes on with what is published; with one it pauses there.
    pub(super) until: Option<Timestamp>,
}

impl Window {
    /// Reads a policy; nothing for the empty one, which ends a replay. An error says what is wrong, without the
    /// parameter's name.
    pub(super) fn parse(text: &str) -> Result<Option<Self>, String> {
        if text.is_empty() {
            return Ok(None);
        }
        let policy: Value = serde_json::from_str(text).map_err(|error| json_error::describe(text, &error))?;
        let members = policy.as_object().ok_or("must be a JSON object")?;
        if members.is_empty() {
            return Ok(None);
        }
        if let Some(name) =
            members.keys().find(|name| !matches!(name.as_str(), "PointType" | "StartingPoint" | "EndingPoint"))
        {
            return Err(format!("unexpected JSON member: {name}"));
        }
        if members.get("PointType").and_then(Value::as_str) != Some("Timestamp") {
            return Err("PointType must be Timestamp".to_owned());
        }
        let point = |name: &str| members.get(name).map(|point| timestamp(name, point)).transpose();
        let from = point("StartingPoint")?.ok_or("StartingPoint must be specified")?;
        let until = point("EndingPoint")?;
        if until.is_some_and(|until| until < from) {
            return Err("EndingPoint must not be before StartingPoint".to_owned());
        }
        Ok(Some(Self { from, until }))
    }

    /// Whether the subscription rests since the end of its replay.
    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| now > until)
    }
}

fn timestamp(name: &str, point: &Value) -> Result<Timestamp, String> {
    let read = point.as_str().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    let millis = read.and_then(|at| u64::try_from(at.as_millisecond()).ok());
    millis
        .map(Timestamp::from_millis)
        .ok_or_else(|| format!("{name} must be a timestamp such as 2026-11-25T10:00:00.000Z"))
}

impl Sns {
    /// Whether a replay can start, as far as the topic decides.
    pub(super) fn check_replay(&self, now: Timestamp, subscription: &Subscription) -> Result<(), ApiError> {
        let Some(window) = subscription.replay else { return Ok(()) };
        let start = self.topics.get(&subscription.topic).and_then(|topic| topic.archive_start(now));
        let Some(start) = start else {
            return Err(invalid("ReplayPolicy: the topic has no ArchivePolicy, and so no message to replay"));
        };
        // The beginning is shown in milliseconds and a client may cut it to seconds.
        if window.from.as_secs() < start.as_secs() {
            return Err(invalid("ReplayPolicy: StartingPoint must not be before the topic's BeginningArchiveTime"));
        }
        Ok(())
    }

    /// Sends what a subscription's replay asks for; an earlier replay of it ends.
    pub(super) fn start_replay(&mut self, now: Timestamp, subscription: &Subscription) {
        self.end_replay(now, subscription);
        let Some(window) = subscription.replay else { return };
        for message in self.archives.between(&subscription.topic, window.from, window.until) {
            if subscription.wants(message.text.of(subscription.protocol), &message.attributes) {
                self.dispatch(now, Job::replayed(subscription, Arc::clone(&message)));
            } else {
                self.notes.push(Note {
                    at: now,
                    place: message.topic.name().to_owned(),
                    subject: message.about.clone(),
                    id: message.id.clone(),
                    what: What::Filtered { by: subscription.place() },
                });
            }
        }
    }

    /// `ReplayStatus`: in progress until every message has come to its end.
    pub(super) fn replay_status(&self, subscription: &Subscription) -> &'static str {
        let is_left = |job: &Job| job.is_replay_of(&subscription.arn);
        if self.desk.jobs.values().any(is_left) { "In progress" } else { "Completed" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_has_a_start_and_maybe_an_end() {
        let at = |text: &str| {
            Timestamp::from_millis(u64::try_from(text.parse::<jiff::Timestamp>().unwrap().as_millisecond()).unwrap())
        };
        let open = Window::parse(r#"{"PointType":"Timestamp","StartingPoint":"2023-10-01T00:00:00.000Z"}"#);
        assert_eq!(open, Ok(Some(Window { from: at("2023-10-01T00:00:00Z"), until: None })));
        let closed = Window::parse(
            r#"{"PointType":"Timestamp","StartingPoint":"2023-10-01T10:00:00.000Z","EndingPoint":"2023-10-01T12:00:00Z"}"#,
        );
        assert_eq!(
            closed,
            Ok(Some(Window { from: at("2023-10-01T10:00:00Z"), until: Some(at("2023-10-01T12:00:00Z")) }))
        );
        assert_eq!((Window::parse(""), Window::parse("{}")), (Ok(None), Ok(None)));
        for wrong in [
            "[]",
            "oops",
            r#"{"PointType":"Offset","StartingPoint":"2023-10-01T00:00:00Z"}"#,
            r#"{"PointType":"Timestamp"}"#,
            r#"{"PointType":"Timestamp","StartingPoint":"yesterday"}"#,
            r#"{"PointType":"Timestamp","StartingPoint":42}"#,
            r#"{"PointType":"Timestamp","StartingPoint":"2023-10-01T00:00:00Z","EndingPoint":"2022-10-01T00:00:00Z"}"#,
            r#"{"PointType":"Timestamp","StartingPoint":"2023-10-01T00:00:00Z","More":1}"#,
        ] {
            assert!(Window::parse(wrong).is_err(), "{wrong}");
        }
    }
}
