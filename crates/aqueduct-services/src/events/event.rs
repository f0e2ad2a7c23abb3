//! An event as rules, archives and targets see it.
//!
//! Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html>

use aqueduct_topology::Arn;
use serde_json::{Map, Value, json};

use crate::{Site, Timestamp};

/// An event on a bus.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Event {
    pub(super) id: String,
    /// The envelope, its keys in the order in which AWS prints them.
    pub(super) json: Value,
    /// What its sender says when it happened, finer than the envelope's whole seconds.
    pub(super) time: Timestamp,
    /// When EventBridge got it.
    pub(super) ingested: Timestamp,
}

/// What makes an event, whoever sends it.
#[derive(Debug)]
pub(super) struct Parts {
    pub(super) id: String,
    pub(super) detail_type: String,
    pub(super) source: String,
    pub(super) time: Timestamp,
    pub(super) resources: Vec<String>,
    pub(super) detail: Value,
}

impl Event {
    /// The event that `parts` make at `site`.
    pub(super) fn new(site: &Site, now: Timestamp, parts: Parts) -> Self {
        let json = json!({
            "version": "0",
            "id": parts.id,
            "detail-type": parts.detail_type,
            "source": parts.source,
            "account": site.account,
            "time": time(parts.time),
            "region": site.region,
            "resources": parts.resources,
            "detail": parts.detail,
        });
        Self { id: parts.id, json, time: parts.time, ingested: now }
    }

    /// The event once more, as a replay sends it: with the replay's name, which rules can match.
    ///
    /// Recorded by LocalStack's AWS-validated test `test_start_list_describe_canceled_replay`.
    pub(super) fn replayed(mut self, replay: &str) -> Self {
        if let Value::Object(envelope) = &mut self.json {
            let place = envelope.keys().position(|key| key == "resources").unwrap_or(envelope.len());
            envelope.shift_insert(place, "replay-name".to_owned(), Value::from(replay));
        }
        self
    }

    /// The event that a scheduled rule sends.
    ///
    /// Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-rule-schedule.html>, and recorded by
    /// LocalStack's AWS-validated test `tests_schedule_rate_target_sqs`.
    pub(super) fn scheduled(site: &Site, id: String, rule: &Arn, due: Timestamp) -> Self {
        let parts = Parts {
            id,
            detail_type: "Scheduled Event".to_owned(),
            source: "aws.events".to_owned(),
            time: due,
            resources: vec![rule.to_string()],
            detail: Value::Object(Map::new()),
        };
        Self::new(site, due, parts)
    }

    /// The whole event as JSON text.
    pub(super) fn text(&self) -> String {
        self.json.to_string()
    }
}

/// Such as `2026-11-22T18:40:12Z`.
pub(super) fn time(at: Timestamp) -> String {
    let seconds = i64::try_from(at.as_secs()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds).unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
