//! What spans and events say, as members of a JSON object.

use std::error::Error;
use std::fmt::{self, Write as _};
use std::ops::Range;

use serde_json::Value;
use tracing::field::{Field, Visit};

use crate::consume::chain;

/// The members of a line that Lambda or we give a meaning to. `_aws` would make a line one of metrics.
const TAKEN: [&str; 5] = ["timestamp", "level", "message", "target", "_aws"];

/// The name of an event's own words.
const MESSAGE: &str = "message";

/// Room for what the span of a record says: fields, and the bytes of their values.
const PARTS_USUAL: usize = 6;
const TEXT_USUAL: usize = 192;

/// What no span keeps for another one.
const TEXT_MAX: usize = 8 * TEXT_USUAL;

/// Fields, each value in JSON text. What a span says is kept in two pieces of memory however many fields it has.
#[derive(Debug, Default)]
pub(super) struct Fields {
    text: String,
    parts: Vec<(&'static str, Range<usize>)>,
    /// An event's own words, in JSON text.
    message: Option<String>,
    /// Whether `message` is an event's own words, rather than a field of a span.
    is_event: bool,
}

impl Fields {
    pub(super) fn of_event() -> Self {
        Self { is_event: true, ..Self::default() }
    }

    pub(super) fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// Names and values, in the order in which they came.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.parts.iter().map(|(name, range)| (*name, &self.text[range.clone()]))
    }

    /// Adds what others say.
    pub(super) fn extend(&mut self, others: &Self) {
        for (name, value) in others.iter() {
            let from = self.text.len();
            self.text.push_str(value);
            self.parts.push((name, from..self.text.len()));
        }
    }

    /// Forgets everything. Says whether it is worth keeping for another span: it has room, and not too much.
    pub(super) fn clear_for_another(&mut self) -> bool {
        self.text.clear();
        self.parts.clear();
        (TEXT_USUAL..=TEXT_MAX).contains(&self.text.capacity())
    }

    /// Adds a field whose value `write` appends in JSON text.
    fn add(&mut self, field: &Field, write: impl FnOnce(&mut String)) {
        let name = field.name();
        if name == MESSAGE && self.is_event {
            let mut words = String::new();
            write(&mut words);
            self.message = Some(words);
            return;
        }
        // What is said to OpenTelemetry is not for people.
        if name.starts_with("otel.") {
            return;
        }
        if self.parts.is_empty() {
            self.text.reserve(TEXT_USUAL);
            self.parts.reserve(PARTS_USUAL);
        }
        let from = self.text.len();
        write(&mut self.text);
        self.parts.push((name, from..self.text.len()));
    }

    fn add_value(&mut self, field: &Field, value: &Value) {
        self.add(field, |text| text.push_str(&value.to_string()));
    }

    /// A value that is written in JSON as it is anywhere: a number, or `true` or `false`.
    fn add_plain(&mut self, field: &Field, value: impl fmt::Display) {
        // Writing to memory does not fail.
        self.add(field, |text| _ = write!(text, "{value}"));
    }
}

/// Most texts need no escapes, and are JSON in quotation marks.
fn push_text(json: &mut String, text: &str) {
    if text.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        json.push_str(&Value::from(text).to_string());
        return;
    }
    json.push('"');
    json.push_str(text);
    json.push('"');
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, |text| push_text(text, value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add_plain(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add_plain(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add_plain(field, value);
    }

    /// JSON has no infinity and no number that is none: these are words.
    fn record_f64(&mut self, field: &Field, value: f64) {
        let value = serde_json::Number::from_f64(value).map_or_else(|| Value::from(value.to_string()), Value::Number);
        self.add_value(field, &value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.add(field, |text| push_text(text, &chain(value)));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, |text| push_text(text, &format!("{value:?}")));
    }
}

/// The members of a line: what the outer span says first, and of one name what the innermost says.
#[derive(Debug, Default)]
pub(super) struct Members(Vec<(&'static str, String)>);

impl Members {
    pub(super) fn merge(&mut self, fields: &Fields) {
        for (name, value) in fields.iter() {
            match self.0.iter_mut().find(|(other, _)| *other == name) {
                Some((_, old)) => value.clone_into(old),
                None => self.0.push((name, value.to_owned())),
            }
        }
    }

    /// Adds the members to an object that has some already.
    pub(super) fn write_to(&self, line: &mut String) {
        for (name, value) in &self.0 {
            let prefix = if TAKEN.contains(name) { "field." } else { "" };
            line.push(',');
            line.push_str(&Value::from(format!("{prefix}{name}")).to_string());
            line.push(':');
            line.push_str(value);
        }
    }
}
