//! Messages in the hands of consumers.

use std::collections::BTreeMap;

use aqueduct_topology::Arn;
use serde::{Deserialize, Serialize};

use crate::MessageAttributeValue;

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
    pub body: String,
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
    pub event_source_arn: Arn,
}

fn nowhere() -> Arn {
    Arn::new("")
}
