//! One service handing a message to another.

use std::collections::BTreeMap;

use aqueduct_topology::Arn;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The AWS service that hands a message on, and on whose behalf.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Service principal, such as `sns.amazonaws.com`.
    pub service: &'static str,
    /// `aws:SourceArn`: the topic, rule or schedule.
    pub source_arn: Arn,
}

/// A message attribute's value, in the shape that SQS and SNS share.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct MessageAttributeValue {
    /// `String`, `Number` or `Binary`, with an optional custom label behind a dot.
    pub data_type: String,
    /// The value of a `String` or `Number`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub string_value: Option<String>,
    /// The value of a `Binary`, in Base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub binary_value: Option<String>,
}

/// A message on its way into a queue from another service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Handover {
    /// The message body.
    pub body: String,
    /// User attributes.
    pub attributes: BTreeMap<String, MessageAttributeValue>,
    /// `MessageGroupId`.
    pub group: Option<String>,
    /// `MessageDeduplicationId`.
    pub deduplication_id: Option<String>,
    /// `X-Amzn-Trace-Id`: the system attribute `AWSTraceHeader` in a queue. EventBridge hands none on.
    pub trace_header: Option<String>,
}

/// Why the receiving side did not take a message.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    /// No statement of the resource's policy allows it. Not retried by SNS or EventBridge.
    #[error("{0}")]
    NoPermission(String),
    /// The resource does not exist. Not retried.
    #[error("{0}")]
    NoResource(String),
    /// The message does not fit the resource. Not retried.
    #[error("{0}")]
    Invalid(String),
    /// The resource is over a limit. Retried.
    #[error("{0}")]
    Throttled(String),
}

impl Refusal {
    /// EventBridge's name for it, as stamped on a dead-lettered event in `ERROR_CODE`.
    ///
    /// Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html>
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoPermission(_) => "NO_PERMISSIONS",
            Self::NoResource(_) => "NO_RESOURCE",
            Self::Invalid(_) => "INVALID_PARAMETER",
            Self::Throttled(_) => "THROTTLING",
        }
    }

    /// Whether the sender tries again.
    pub const fn is_retried(&self) -> bool {
        matches!(self, Self::Throttled(_))
    }
}

/// A message that a service asks the driver to hand on; the driver tells the service how it went, by the ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Names this attempt towards the service that made it.
    pub ticket: u64,
    /// Who hands it on.
    pub from: Principal,
    /// A queue, a topic, a bus or a function.
    pub to: Arn,
    /// The message; for a function, `body` is the event that it is invoked with.
    pub message: Handover,
}
