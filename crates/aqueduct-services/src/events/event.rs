//! An event as rules, archives and targets see it.
//!
//! Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html>

use aqueduct_message::subject_in;
use aqueduct_topology::Arn;
use serde_json::{Map, Value};

use crate::{Site, Timestamp};

/// An event on a bus.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Event {
    pub(super) id: String,
    /// The envelope, its keys in the order in which AWS prints them.
    pub(super) json: Value,
    /// The envelope as JSON text.
    pub(super) text: String,
    /// What it is about.
    pub(super) subject: Option<String>,
    /// What its sender says when it happened, finer than the envelope's whole seconds.
    pub(super) time: Timestamp,
    /// When EventBridge got it.
    pub(super) ingested: Timestamp,
    /// Whether it came from another bus.
    pub(super) forwarded: bool,
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
        let mut envelope = Map::with_capacity(9);
        let mut set = |name: &str, value: Value| drop(envelope.insert(name.to_owned(), value));
        set("version", Value::from("0"));
        set("id", Value::from(parts.id));
        set("detail-type", Value::from(parts.detail_type));
        set("source", Value::from(parts.source));
        set("account", Value::from(site.account.as_str()));
        set("time", Value::from(time(parts.time)));
        set("region", Value::from(site.region.as_str()));
        set("resources", Value::from(parts.resources));
        set("detail", parts.detail);
        Self::of(Value::Object(envelope), parts.time, now)
    }

    /// The event of an envelope.
    pub(super) fn of(json: Value, time: Timestamp, ingested: Timestamp) -> Self {
        let id = json["id"].as_str().unwrap_or_default().to_owned();
        Self { id, subject: subject_in(&json), text: json.to_string(), json, time, ingested, forwarded: false }
    }

    /// The event of an envelope that another bus sends, unchanged.
    pub(super) fn forwarded(json: Value, now: Timestamp) -> Self {
        let happened = json["time"].as_str().and_then(|time| time.parse::<jiff::Timestamp>().ok());
        let happened = happened.and_then(|time| u64::try_from(time.as_millisecond()).ok());
        let time = happened.map_or(now, Timestamp::from_millis);
        Self { forwarded: true, ..Self::of(json, time, now) }
    }

    /// The event once more, as a replay sends it: with the replay's name, which rules can match.
    ///
    /// Recorded by LocalStack's AWS-validated test `test_start_list_describe_canceled_replay`.
    pub(super) fn replayed(mut json: Value, time: Timestamp, ingested: Timestamp, replay: &str) -> Self {
        if let Value::Object(envelope) = &mut json {
            let place = envelope.keys().position(|key| key == "resources").unwrap_or(envelope.len());
            envelope.shift_insert(place, "replay-name".to_owned(), Value::from(replay));
        }
        Self::of(json, time, ingested)
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
}

/// Such as `2026-11-22T18:40:12Z`.
pub(super) fn time(at: Timestamp) -> String {
    let seconds = i64::try_from(at.as_secs()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_second(seconds).unwrap_or_default().strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
