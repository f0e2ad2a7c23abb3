//! What happens during a local run, for whoever watches.

use aqueduct_services::{Note, Timestamp};
use serde::Serialize;
use serde_json::{Map, Value};

/// One thing that happened.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "event")]
#[non_exhaustive]
pub enum Event {
    /// Something happened to a message or an invocation.
    Note(Note),
    /// A function wrote a line to its standard output or error.
    Log(LogLine),
    /// A function's process was started.
    ProcessStarted {
        /// When.
        at: Timestamp,
        /// The function's physical name.
        function: String,
        /// The process id.
        pid: u32,
    },
    /// A function's process ended.
    ProcessEnded {
        /// When.
        at: Timestamp,
        /// The function's physical name.
        function: String,
        /// The process id.
        pid: u32,
        /// How, such as `exit status 1` or `signal: killed`.
        status: String,
    },
    /// A function's process did not get as far as asking for its first event.
    InitFailed {
        /// When.
        at: Timestamp,
        /// The function's physical name.
        function: String,
        /// What went wrong.
        reason: String,
        /// The last lines that it wrote.
        last_lines: Vec<String>,
        /// Whether that was the second attempt, after which the invocation fails.
        is_final: bool,
    },
    /// The endpoint elsewhere, or one of its queues, does not answer as it should; it is tried again until it does.
    EndpointAway {
        /// When.
        at: Timestamp,
        /// The endpoint's address, or the queue's name.
        place: String,
        /// Why.
        reason: String,
    },
    /// What was away answers again.
    EndpointBack {
        /// When.
        at: Timestamp,
        /// The endpoint's address, or the queue's name.
        place: String,
    },
}

/// A line of a function's log.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LogLine {
    /// When it was read.
    pub at: Timestamp,
    /// The function's physical name.
    pub function: String,
    /// The invocation during which it was written.
    pub request_id: Option<String>,
    /// How important it is.
    pub level: Level,
    /// What it is about: the field `subject` of a JSON line.
    pub subject: Option<String>,
    /// The field `message` of a JSON line, or the whole line.
    pub message: String,
    /// The other fields of a JSON line.
    pub fields: Map<String, Value>,
}

/// How important a log line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Every step.
    Trace,
    /// For whoever looks for a fault.
    Debug,
    /// What a function does.
    Info,
    /// What may go wrong.
    Warn,
    /// What went wrong.
    Error,
}
