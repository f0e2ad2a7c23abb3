//! Messages in the hands of consumers.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use aqueduct_topology::Arn;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::MessageAttributeValue;

/// A message's body. A copy shares the text.
#[derive(Clone, PartialEq, Eq)]
pub struct Body(Arc<str>);

impl Body {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Deref for Body {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}

impl From<&str> for Body {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl PartialEq<str> for Body {
    fn eq(&self, other: &str) -> bool {
        &*self.0 == other
    }
}

impl PartialEq<&str> for Body {
    fn eq(&self, other: &&str) -> bool {
        &*self.0 == *other
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&*self.0, formatter)
    }
}

impl fmt::Display for Body {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl Serialize for Body {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}

/// A message in the hands of a consumer. It is written and read as the `Message` of a `ReceiveMessage` answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Received {
    /// The message's id, kept for its life, also in a dead-letter queue.
    pub message_id: String,
    /// Names this receive towards `DeleteMessage` and `ChangeMessageVisibility`.
    pub receipt_handle: String,
    /// MD5 of the body, in hex.
    #[serde(rename = "MD5OfBody", default)]
    pub md5_of_body: String,
    /// The body.
    pub body: Body,
    /// System attributes: `ApproximateReceiveCount`, `SentTimestamp`, `MessageGroupId` and so on; times are Unix
    /// milliseconds.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
    /// MD5 of the user attributes, in hex; `None` when there are none.
    #[serde(rename = "MD5OfMessageAttributes", default, skip_serializing_if = "Option::is_none")]
    pub md5_of_message_attributes: Option<String>,
    /// User attributes.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub message_attributes: BTreeMap<String, MessageAttributeValue>,
    /// The queue that it was received from, which the answer does not say.
    #[serde(skip, default = "nowhere")]
    pub event_source_arn: Arc<Arn>,
}

fn nowhere() -> Arc<Arn> {
    Arc::new(Arn::new(""))
}
