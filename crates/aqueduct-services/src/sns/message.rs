//! A message that a topic accepted, as it is handed on, kept and archived.

use std::collections::BTreeMap;
use std::sync::Arc;

use aqueduct_message::subject_of;
use aqueduct_topology::Arn;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

use super::subscription::Protocol;
use crate::{MessageAttributeValue, Timestamp};

/// A message's text: one for all protocols, or one for each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) enum Text {
    Same(String),
    ByProtocol(Map<String, Value>),
}

impl Text {
    /// What goes out over a protocol.
    pub(super) fn of(&self, protocol: Protocol) -> &str {
        match self {
            Self::Same(text) => text,
            Self::ByProtocol(texts) => {
                let own = texts.get(protocol.name()).and_then(Value::as_str);
                own.or_else(|| texts.get("default").and_then(Value::as_str)).unwrap_or_default()
            }
        }
    }

    /// What the message is about, for whoever watches.
    pub(super) fn about(&self) -> Option<String> {
        subject_of(self.of(Protocol::Sqs)).or_else(|| subject_of(self.of(Protocol::Lambda)))
    }
}

/// A message. Its deliveries share it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Message {
    pub(super) id: String,
    pub(super) topic: Arn,
    pub(super) at: Timestamp,
    pub(super) text: Text,
    pub(super) subject: Option<String>,
    pub(super) attributes: BTreeMap<String, MessageAttributeValue>,
    pub(super) group: Option<String>,
    pub(super) deduplication_id: Option<String>,
    /// Of FIFO topics only, whose messages are not signed.
    pub(super) sequence: Option<u64>,
    /// `X-Amzn-Trace-Id`.
    #[serde(default)]
    pub(super) trace_header: Option<String>,
    /// The topic's `SignatureVersion`.
    pub(super) signature_version: u8,
    /// What the message is about, for whoever watches.
    pub(super) about: Option<String>,
}

impl Message {
    /// Whether a FIFO topic accepted it.
    pub(super) const fn is_fifo(&self) -> bool {
        self.sequence.is_some()
    }

    /// The sequence number as a FIFO topic shows it: twenty digits.
    pub(super) fn sequence_number(&self) -> Option<String> {
        self.sequence.map(sequence_number)
    }
}

/// A sequence number of a FIFO topic: twenty digits.
pub(super) fn sequence_number(sequence: u64) -> String {
    format!("{:020}", 10_000_000_000_000_000_000_u64.saturating_add(sequence))
}

/// Keeps a shared message as the message itself.
pub(super) fn serialize<S: Serializer>(message: &Arc<Message>, serializer: S) -> Result<S::Ok, S::Error> {
    message.as_ref().serialize(serializer)
}

/// The counterpart of [`serialize`].
pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<Message>, D::Error> {
    Message::deserialize(deserializer).map(Arc::new)
}
