//! Lines that functions write, read as the JSON that `tracing` writes, or as they are.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use aqueduct_services::lambda::TAIL_BYTES_MAX;
use serde_json::{Map, Value};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};

use crate::clock::Clock;
use crate::event::{Event, Level, LogLine};
use crate::fleet::Events;

/// The longest line taken as one, as CloudWatch Logs limits an event.
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html>
const LINE_BYTES_MAX: u64 = 1024 * 1024;

/// How many lines are kept for the report of a failed start.
const LAST_LINES: usize = 20;

/// Which of a process's two streams a line came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

/// Where one process's lines go.
#[derive(Clone, Debug)]
pub(crate) struct Journal {
    function: String,
    clock: Clock,
    events: Events,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    request_id: Option<String>,
    last_lines: VecDeque<String>,
    /// The end of what was written during this invocation.
    tail: String,
}

impl Journal {
    /// The journal of one process of `function`.
    pub(crate) fn new(function: &str, clock: Clock, events: Events) -> Self {
        Self { function: function.to_owned(), clock, events, state: Arc::default() }
    }

    /// Lines from now on belong to this invocation.
    pub(crate) fn begin(&self, request_id: &str) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.request_id = Some(request_id.to_owned());
        state.tail.clear();
    }

    /// The end of what was written during this invocation.
    pub(crate) fn tail(&self) -> String {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).tail.clone()
    }

    /// The last lines written.
    pub(crate) fn last_lines(&self) -> Vec<String> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).last_lines.iter().cloned().collect()
    }

    /// Takes lines from a stream until it ends.
    pub(crate) async fn read(self, stream: Stream, from: impl AsyncRead + Unpin) {
        let mut reader = BufReader::new(from);
        let mut line = Vec::new();
        loop {
            line.clear();
            match (&mut reader).take(LINE_BYTES_MAX).read_until(b'\n', &mut line).await {
                Ok(0) | Err(_) => break,
                Ok(_) => self.take(stream, String::from_utf8_lossy(&line).trim_end()),
            }
        }
    }

    fn take(&self, stream: Stream, text: &str) {
        if text.is_empty() {
            return;
        }
        let request_id = {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            if state.last_lines.len() == LAST_LINES {
                state.last_lines.pop_front();
            }
            state.last_lines.push_back(text.to_owned());
            state.append(text);
            state.request_id.clone()
        };
        let (level, subject, message, fields) = read_line(stream, text);
        let at = self.clock.now();
        let line = LogLine { at, function: self.function.clone(), request_id, level, subject, message, fields };
        self.events.send(Event::Log(line));
    }
}

impl State {
    /// Adds a line to the tail, and drops what is too old for it.
    fn append(&mut self, line: &str) {
        self.tail.push_str(line);
        self.tail.push('\n');
        if self.tail.len() > 2 * TAIL_BYTES_MAX {
            let from = self.tail.ceil_char_boundary(self.tail.len() - TAIL_BYTES_MAX);
            self.tail.drain(..from);
        }
    }
}

/// Level, subject, message and the other fields of a line. One in CloudWatch's embedded metric format tells nobody anything
/// while things go on; what is in it can be seen all the same.
fn read_line(stream: Stream, text: &str) -> (Level, Option<String>, String, Map<String, Value>) {
    let Ok(Value::Object(mut fields)) = serde_json::from_str::<Value>(text) else {
        let level = if stream == Stream::Err { Level::Error } else { Level::Info };
        return (level, None, text.to_owned(), Map::new());
    };
    if fields.remove("_aws").is_some() {
        return (Level::Debug, None, "metrics".to_owned(), fields);
    }
    if let Some(Value::Object(nested)) = fields.remove("fields") {
        fields.extend(nested);
    }
    let level = fields.remove("level").and_then(|level| level_of(level.as_str()?)).unwrap_or(Level::Info);
    let message =
        ["message", "msg", "errorMessage"].iter().find_map(|name| Some(fields.get(*name)?.as_str()?.to_owned()));
    let message = message.unwrap_or_else(|| text.to_owned());
    let subject = subject_of(&fields);
    for known in ["message", "msg", "timestamp", "target", "span", "spans", "subject"] {
        fields.remove(known);
    }
    (level, subject, message, fields)
}

fn level_of(text: &str) -> Option<Level> {
    match text.to_ascii_lowercase().as_str() {
        "trace" => Some(Level::Trace),
        "debug" => Some(Level::Debug),
        "info" => Some(Level::Info),
        "warn" | "warning" => Some(Level::Warn),
        "error" | "fatal" | "critical" => Some(Level::Error),
        _ => None,
    }
}

/// The subject of the line itself, else of the innermost span that has one.
fn subject_of(fields: &Map<String, Value>) -> Option<String> {
    let of = |value: &Value| Some(value.get("subject")?.as_str()?.to_owned());
    let own = fields.get("subject").and_then(Value::as_str).map(str::to_owned);
    let outer = || fields.get("spans")?.as_array()?.iter().rev().find_map(of);
    own.or_else(|| of(fields.get("span")?)).or_else(outer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_in_every_shape() {
        let cases = [
            (r#"{"level":"INFO","message":"paid","subject":"o-1","amount":3}"#, Level::Info, Some("o-1"), "paid"),
            (r#"{"level":"WARN","fields":{"message":"slow","subject":"o-2"}}"#, Level::Warn, Some("o-2"), "slow"),
            (r#"{"level":"ERROR","message":"no","span":{"subject":"o-3"}}"#, Level::Error, Some("o-3"), "no"),
            (r#"{"level":"INFO","message":"m","spans":[{"subject":"a"},{"x":1}]}"#, Level::Info, Some("a"), "m"),
            ("plain text", Level::Error, None, "plain text"),
            (r#"{"_aws":{"CloudWatchMetrics":[]},"Consumer":"c","Done":3}"#, Level::Debug, None, "metrics"),
            (r#"{"unfinished"#, Level::Error, None, r#"{"unfinished"#),
        ];
        for (line, level, subject, message) in cases {
            let (read_level, read_subject, read_message, _) = read_line(Stream::Err, line);
            assert_eq!(
                (read_level, read_subject.as_deref(), read_message.as_str()),
                (level, subject, message),
                "{line}"
            );
        }
    }

    #[test]
    fn other_fields_are_kept() {
        let (.., fields) = read_line(Stream::Out, r#"{"level":"INFO","message":"paid","amount":3,"target":"x"}"#);
        assert_eq!(Value::Object(fields), serde_json::json!({"amount": 3}));
    }
}
