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

/// How many characters the value of a dimension can have. Names and namespaces are shorter.
const TEXT_MAX: usize = 1024;

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
    let ages = values(&measured.ages, part);
    let durations = values(&measured.durations, part);
    let counts = || {
        let counts = COUNTS.iter().filter(|_| part == 0);
        let counts = counts.map(|(name, always, count)| (*name, *always, count(&measured.tally)));
        counts.filter(|(_, always, count)| *always || *count > 0).map(|(name, _, count)| (name, count))
    };
    let dimensions = || {
        let own = Some((CONSUMER, measured.consumer)).filter(|(_, name)| !name.trim_matches(' ').is_empty());
        own.into_iter().chain(metrics.dimensions.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    };
    // A line is written for each invocation, and without the machinery of `write!` that costs a fifth.
    let mut text = String::with_capacity(1024 + 8 * (ages.len() + durations.len()));
    let mut number = itoa::Buffer::new();
    push_all(&mut text, ["{\"_aws\":{\"Timestamp\":", number.format(measured.at.as_millisecond())]);
    text.push_str(",\"CloudWatchMetrics\":[{\"Namespace\":");
    push_quoted(&mut text, &metrics.namespace);
    text.push_str(",\"Dimensions\":[[");
    list(&mut text, dimensions(), |text, (name, _)| push_quoted(text, name));
    text.push_str("]],\"Metrics\":[");
    let defined = counts().map(|(name, _)| (name, "Count"));
    let lists = [(AGE, ages.is_empty()), (DURATION, durations.is_empty())];
    let defined = defined.chain(lists.into_iter().filter(|(_, none)| !none).map(|(name, _)| (name, "Milliseconds")));
    list(&mut text, defined, |text, (name, unit)| {
        push_all(text, ["{\"Name\":\"", name, "\",\"Unit\":\"", unit, "\"}"]);
    });
    text.push_str("]}]}");
    for (name, value) in dimensions() {
        text.push(',');
        push_quoted(&mut text, name);
        text.push(':');
        push_quoted(&mut text, value);
    }
    if let Some(level) = metrics.level {
        // Writing to memory does not fail.
        let _ = write!(text, ",\"level\":\"{level}\",\"timestamp\":\"{}\"", measured.at);
    }
    for (name, count) in counts() {
        push_all(&mut text, [",\"", name, "\":", number.format(count)]);
    }
    array(&mut text, AGE, ages, |text, age| text.push_str(number.format(*age)));
    array(&mut text, DURATION, durations, |text, duration| {
        text.push_str(number.format(duration.as_millis()));
        // A thousand more has four digits, of which the last three are the fraction's.
        text.push('.');
        text.push_str(number.format(1000 + duration.subsec_micros() % 1000).get(1..).unwrap_or_default());
    });
    text.push('}');
    text
}

fn values<T>(all: &[T], part: usize) -> &[T] {
    all.chunks(VALUES_MAX).nth(part).unwrap_or_default()
}

fn push_all<const N: usize>(text: &mut String, pieces: [&str; N]) {
    for piece in pieces {
        text.push_str(piece);
    }
}

fn array<T>(text: &mut String, name: &str, values: &[T], one: impl FnMut(&mut String, &T)) {
    if values.is_empty() {
        return;
    }
    push_all(text, [",\"", name, "\":["]);
    list(text, values.iter(), one);
    text.push(']');
}

fn list<T>(text: &mut String, items: impl Iterator<Item = T>, mut one: impl FnMut(&mut String, T)) {
    for (index, item) in items.enumerate() {
        text.push_str(if index == 0 { "" } else { "," });
        one(text, item);
    }
}

/// Adds a JSON string of as much as CloudWatch takes, which is printable ASCII; for anything else stands a question mark.
fn push_quoted(json: &mut String, text: &str) {
    json.push('"');
    for letter in text.chars().take(TEXT_MAX) {
        if matches!(letter, '"' | '\\') {
            json.push('\\');
        }
        json.push(if matches!(letter, ' '..='~') { letter } else { '?' });
    }
    json.push('"');
}

#[cfg(test)]
#[path = "emf_tests.rs"]
mod tests;
