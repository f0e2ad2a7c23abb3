//! The shape of a case.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value};

/// Something that AWS does.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What AWS does, in a sentence.
    pub name: String,
    /// Where it says so: a document's address, or a test recorded against AWS.
    pub source: String,
    /// The template under `cases/templates`, without its ending.
    pub template: String,
    /// Properties to set, by logical id; `null` removes one.
    #[serde(default)]
    pub set: BTreeMap<String, Map<String, Value>>,
    /// Logical ids to leave out of the template.
    #[serde(default)]
    pub without: Vec<String>,
    /// The deployment is refused, and this is part of what is said.
    pub refused: Option<String>,
    /// What the functions do, by logical id; one that is not named answers `null` after a second.
    #[serde(default)]
    pub functions: BTreeMap<String, FunctionScript>,
    /// What is done and what must be seen, in the order of time.
    #[serde(default)]
    pub steps: Vec<Step>,
}

/// What a function does, one invocation after the other.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FunctionScript {
    /// What it does, invocation by invocation; the last one stands for all that follow.
    #[serde(rename = "does")]
    pub behaviours: Vec<Behaviour>,
    /// How many seconds each invocation takes; 1 when it is not said.
    #[serde(default = "one")]
    pub takes: u64,
}

const fn one() -> u64 {
    1
}

/// What a function does with an event.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Behaviour {
    /// It answers `null`.
    Succeed,
    /// It reports an error.
    Fail,
    /// It answers with this text, in which `$1` is the first record's message id, `$2` the second's, and so on.
    Answer(String),
}

/// Something done or looked at.
#[derive(Clone, Debug, Deserialize)]
pub struct Step {
    /// Seconds since the start; without it, as soon as the step before is done.
    pub at: Option<u64>,
    /// What.
    #[serde(flatten)]
    pub action: Action,
}

/// What is done or looked at. Resources are named by logical id.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// Sends a message.
    Send {
        /// The queue.
        queue: String,
        /// The body.
        body: String,
        /// `MessageGroupId`.
        group: Option<String>,
        /// `MessageDeduplicationId`.
        deduplication: Option<String>,
        /// `DelaySeconds`.
        delay: Option<i64>,
        /// The code of the refusal that must follow, of the JSON or of the query protocol.
        refused: Option<String>,
    },
    /// Receives up to ten messages.
    Receive {
        /// The queue.
        queue: String,
        /// `MaxNumberOfMessages`; 10 when it is not said.
        max: Option<i64>,
        /// `VisibilityTimeout`.
        visibility: Option<i64>,
        /// The bodies that must come, in order.
        gives: Vec<String>,
        /// Attributes that the first message must have.
        #[serde(default)]
        with: BTreeMap<String, String>,
    },
    /// Deletes the message with this body, by the handle of its last receive.
    Delete {
        /// The queue.
        queue: String,
        /// The body.
        body: String,
        /// The code of the refusal that must follow.
        refused: Option<String>,
    },
    /// Changes how long the message with this body stays hidden.
    Hide {
        /// The queue.
        queue: String,
        /// The body.
        body: String,
        /// Seconds from now.
        seconds: i64,
    },
    /// Publishes a message.
    Publish {
        /// The topic.
        topic: String,
        /// The message.
        message: String,
        /// String attributes.
        #[serde(default)]
        attributes: BTreeMap<String, String>,
    },
    /// Puts an event with this detail type on a bus.
    PutEvent {
        /// The bus.
        bus: String,
        /// `DetailType`.
        detail_type: String,
    },
    /// Starts to move a dead-letter queue's messages back to where they came from.
    Redrive {
        /// The dead-letter queue.
        queue: String,
        /// `MaxNumberOfMessagesPerSecond`.
        per_second: Option<i64>,
        /// The code of the refusal that must follow.
        refused: Option<String>,
    },
    /// Starts to send the events of an archive once more.
    Replay {
        /// The archive.
        archive: String,
        /// Seconds since the start: events that happened then and later,
        from: u64,
        /// and before then.
        until: u64,
    },
    /// Invokes a function asynchronously.
    Invoke {
        /// The function.
        function: String,
        /// The event.
        event: Value,
    },
    /// Counts a queue's messages; what is not said is not looked at.
    Count {
        /// The queue.
        queue: String,
        /// Messages that could be received.
        visible: Option<usize>,
        /// Messages with a consumer.
        in_flight: Option<usize>,
        /// Messages that become visible later.
        delayed: Option<usize>,
    },
    /// A function was invoked at these times, in whole seconds since the start.
    Invoked {
        /// The function.
        function: String,
        /// Seconds since the start.
        times: Vec<u64>,
    },
    /// A function's batches had these bodies.
    Batches {
        /// The function.
        function: String,
        /// Bodies, batch by batch.
        bodies: Vec<Vec<String>>,
    },
    /// A message or event was lost so far; or none was, without a reason.
    Lost {
        /// Part of why.
        reason: Option<String>,
    },
}
