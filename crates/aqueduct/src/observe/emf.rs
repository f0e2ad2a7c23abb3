//! CloudWatch's embedded metric format: a log line that says which of its members are metrics.
//!
//! Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;

use super::metrics::{CONSUMER, Metrics};
use crate::consume::Tally;

/// How many values a metric can have in one document.
const VALUES_MAX: usize = 100;

/// What was measured in an invocation.
#[derive(Debug)]
pub(crate) struct Measured<'a> {
    pub(crate) consumer: &'a str,
    pub(crate) at: Timestamp,
    pub(crate) tally: Tally,
    /// How old records were when they came, in milliseconds.
    pub(crate) ages: Vec<u64>,
    /// How long records took that were begun.
    pub(crate) durations: Vec<Duration>,
}

const AGE: &str = "Age";
const DURATION: &str = "Duration";

type Count = (&'static str, bool, fn(&Tally) -> u32);

/// Counts: their name, and whether they are written where they are zero.
const COUNTS: [Count; 10] = [
    ("Received", true, |tally| tally.received),
    ("Done", true, |tally| tally.done),
    ("Retried", true, |tally| tally.retried),
    ("Rejected", true, |tally| tally.rejected),
    ("Stopped", true, |tally| tally.stopped),
    ("Duplicates", true, |tally| tally.duplicates),
    ("Skipped", false, |tally| tally.skipped),
    ("Postponed", false, |tally| tally.postponed),
    ("Blocked", false, |tally| tally.blocked),
    ("BatchSize", true, |tally| tally.received),
];

/// Whether a name at the root of a document has a meaning already.
pub(super) fn is_taken(name: &str) -> bool {
    ["_aws", "level", "timestamp", AGE, DURATION].contains(&name) || COUNTS.iter().any(|(count, ..)| *count == name)
}

/// One document, and another for each further 100 values.
pub(super) fn documents<'a>(metrics: &'a Metrics, measured: &'a Measured<'_>) -> impl Iterator<Item = String> + 'a {
    let most = measured.ages.len().max(measured.durations.len());
    (0..most.div_ceil(VALUES_MAX).max(1)).map(move |part| document(metrics, measured, part))
}

fn document(metrics: &Metrics, measured: &Measured<'_>, part: usize) -> String {
    let counts =
        COUNTS.iter().filter(|_| part == 0).map(|(name, always, count)| (*name, *always, count(&measured.tally)));
    let counts: Vec<(&str, u32)> =
        counts.filter(|(_, always, count)| *always || *count > 0).map(|(name, _, count)| (name, count)).collect();
    let ages = values(&measured.ages, part);
    let durations = values(&measured.durations, part);
    let mut text = String::with_capacity(1024 + 8 * (ages.len() + durations.len()));
    let _ = write!(text, "{{\"_aws\":{{\"Timestamp\":{},\"CloudWatchMetrics\":[{{", measured.at.as_millisecond());
    let _ = write!(text, "\"Namespace\":{},\"Dimensions\":[[", quoted(&metrics.namespace));
    let dimensions = dimensions(metrics, measured.consumer);
    list(&mut text, &dimensions, |text, (name, _)| text.push_str(&quoted(name)));
    text.push_str("]],\"Metrics\":[");
    list(&mut text, &counts, |text, (name, _)| defined(text, name, "Count"));
    for name in [(AGE, ages.is_empty()), (DURATION, durations.is_empty())].iter().filter(|(_, none)| !none) {
        text.push_str(if text.ends_with('[') { "" } else { "," });
        defined(&mut text, name.0, "Milliseconds");
    }
    text.push_str("]}]}");
    for (name, value) in &dimensions {
        let _ = write!(text, ",{}:{}", quoted(name), quoted(value));
    }
    if let Some(level) = metrics.level {
        let _ = write!(text, ",\"level\":\"{level}\",\"timestamp\":\"{}\"", measured.at);
    }
    for (name, count) in counts {
        let _ = write!(text, ",\"{name}\":{count}");
    }
    array(&mut text, AGE, ages, |text, age| {
        let _ = write!(text, "{age}");
    });
    array(&mut text, DURATION, durations, |text, duration| {
        let _ = write!(text, "{}.{:03}", duration.as_millis(), duration.subsec_micros() % 1000);
    });
    text.push('}');
    text
}

fn dimensions<'a>(metrics: &'a Metrics, consumer: &str) -> Vec<(&'a str, String)> {
    let ascii: String =
        consumer.chars().take(1024).map(|letter| if matches!(letter, ' '..='~') { letter } else { '?' }).collect();
    let own = (!ascii.trim().is_empty()).then_some((CONSUMER, ascii));
    own.into_iter().chain(metrics.dimensions.iter().map(|(name, value)| (name.as_str(), value.clone()))).collect()
}

fn values<T>(all: &[T], part: usize) -> &[T] {
    all.chunks(VALUES_MAX).nth(part).unwrap_or_default()
}

fn defined(text: &mut String, name: &str, unit: &str) {
    let _ = write!(text, "{{\"Name\":\"{name}\",\"Unit\":\"{unit}\"}}");
}

fn array<T>(text: &mut String, name: &str, values: &[T], one: impl Fn(&mut String, &T)) {
    if values.is_empty() {
        return;
    }
    let _ = write!(text, ",\"{name}\":[");
    list(text, values, one);
    text.push(']');
}

fn list<T>(text: &mut String, items: &[T], one: impl Fn(&mut String, &T)) {
    for (index, item) in items.iter().enumerate() {
        text.push_str(if index == 0 { "" } else { "," });
        one(text, item);
    }
}

/// A JSON string of text that is printable ASCII.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
#[path = "emf_tests.rs"]
mod tests;
