//! What a function promises, and what it relies on.

use serde::{Deserialize, Serialize};

use crate::Retries;
use crate::channel::{Attribute, Destination, Form, Layout, Source};

/// A function: what it consumes and publishes, and what its wiring must give it. What is not said is not known.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FunctionContract {
    /// The function's cargo binary, logical id or physical name; see [`Names`](crate::Names).
    pub name: String,
    /// What it does, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether it answers HTTP requests, through a function URL or an API.
    #[serde(default, skip_serializing_if = "is_false")]
    pub http: bool,
    /// The events that it handles.
    #[serde(default)]
    pub consumes: Vec<Consumes>,
    /// The messages that it sends.
    #[serde(default)]
    pub publishes: Vec<Publishes>,
    /// Where it sends messages itself that it rejects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dead_letters: Option<Destination>,
    /// Which order of messages it relies on.
    #[serde(default)]
    pub ordering: Ordering,
    /// How it bears a message that comes again; `None` when it does not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub idempotency: Option<Idempotency>,
    /// What it answers to a batch; `None` when that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch_response: Option<BatchResponse>,
    /// How it tries a message from a queue again; `None` when the queue alone decides, or when that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retries: Option<Retries>,
    /// For how long, in seconds, what it depends on may be away without a message being given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outage_tolerance_seconds: Option<u64>,
    /// How long, in milliseconds, 99 of 100 messages take at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub p99_millis: Option<u64>,
    /// How many seconds after it was sent a message is begun with at the latest, while nothing fails.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_seconds_max: Option<u64>,
    /// Whether it relies on no two messages being handled at the same time, by whatever instance.
    #[serde(default, skip_serializing_if = "is_false")]
    pub one_at_a_time: bool,
    /// How many bytes a message that it consumes or publishes has at most, its envelope included.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payload_bytes_max: Option<u64>,
    /// Why a message that leads back to this function ends, in words: what stops the loop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loop_guard: Option<String>,
}

impl FunctionContract {
    /// A function of which nothing but its name is known.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }
}

/// An event that a function handles.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Consumes {
    /// The [type](crate::EventContract::kind) of the event.
    pub event: String,
    /// The version of the event's schema that it reads.
    #[serde(default = "first_version", skip_serializing_if = "is_first_version")]
    pub version: String,
    /// What may hand the event over. Empty says nothing: anything may.
    #[serde(default)]
    pub from: Vec<Source>,
    /// How the event may be wrapped. Empty means any way: the function tells them apart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub layouts: Vec<Layout>,
}

/// An event that a function sends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Publishes {
    /// The [type](crate::EventContract::kind) of the event.
    pub event: String,
    /// The version of the event's schema that it writes.
    #[serde(default = "first_version", skip_serializing_if = "is_first_version")]
    pub version: String,
    /// Where to.
    pub to: Destination,
    /// In which form.
    pub form: Form,
    /// The CloudEvents or EventBridge `source`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The message attributes that it sets, all of them; `None` when they are not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attributes: Option<Vec<Attribute>>,
    /// Whether every message has a message group id; `None` when that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<bool>,
    /// Whether messages to FIFO queues and topics have a deduplication id; `None` when that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deduplication: Option<bool>,
    /// The longest delay in seconds that it gives to a single message, 0 for none; `None` when that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delay_seconds_max: Option<u64>,
}

/// Which order of messages a function relies on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ordering {
    /// None.
    #[default]
    None,
    /// Messages of one group come in the order in which they were sent; one that is given up may be missing.
    Group,
    /// As [`Ordering::Group`], and none may be missing: a group waits for the message that fails.
    Strict,
}

/// How a function bears a message that comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Idempotency {
    /// For how many seconds a message is remembered, so that its duplicate has no effect; `None` for ever.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remembers_seconds: Option<u64>,
}

/// What a function answers to a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BatchResponse {
    /// Nothing that names records: the batch succeeds or fails as a whole.
    Whole,
    /// The records that failed, each for itself: what is behind a failed one of its group may be done.
    Partial,
    /// The records that failed, and with one that failed all that are behind it in its group or shard.
    PartialInOrder,
}

impl BatchResponse {
    /// Whether it names the records that failed, so that the mapping must say `ReportBatchItemFailures`.
    pub const fn is_partial(self) -> bool {
        matches!(self, Self::Partial | Self::PartialInOrder)
    }
}

pub(crate) fn first_version() -> String {
    "1".to_owned()
}

pub(crate) fn is_first_version(version: &str) -> bool {
    version == "1"
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature is serde's")]
fn is_false(value: &bool) -> bool {
    !value
}
