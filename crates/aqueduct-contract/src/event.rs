//! What an event type promises.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::function::{first_version, is_first_version};

/// An event type: its name, and what its data looks like.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EventContract {
    /// The message type: the CloudEvents `type`, EventBridge's `detail-type`, the SNS attribute `type`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The version of its schema, `1` unless said otherwise.
    #[serde(default = "first_version", skip_serializing_if = "is_first_version")]
    pub version: String,
    /// What it says, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The JSON Schema of its data, without an envelope. `true` says nothing of it.
    #[serde(default = "anything")]
    pub schema: Value,
}

impl EventContract {
    /// An event of the first version of which nothing more is known.
    pub fn new(kind: impl Into<String>) -> Self {
        Self { kind: kind.into(), version: first_version(), description: None, schema: anything() }
    }
}

fn anything() -> Value {
    Value::Bool(true)
}
