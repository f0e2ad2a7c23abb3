//! Where messages come from and go to, and how they are wrapped on the way.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What hands messages to a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// An event source mapping on an SQS queue.
    Queue,
    /// An SNS topic, by asynchronous invocation.
    Topic,
    /// A rule of an EventBridge bus, by asynchronous invocation.
    Bus,
    /// A schedule: a scheduled rule, or EventBridge Scheduler.
    Schedule,
    /// An event source mapping on a Kinesis stream, a `DynamoDB` stream or Kafka topics.
    Stream,
    /// The record of another invocation that ended: a Lambda destination.
    Destination,
    /// An invocation with the message itself as its event.
    Direct,
}

impl fmt::Display for Source {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Queue => "a queue",
            Self::Topic => "a topic",
            Self::Bus => "a bus",
            Self::Schedule => "a schedule",
            Self::Stream => "a stream",
            Self::Destination => "a destination",
            Self::Direct => "a direct invocation",
        })
    }
}

/// The innermost form of a message's body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// CloudEvents 1.0 in structured JSON; the event's data is its member `data`.
    CloudEvents,
    /// An EventBridge event: `source`, `detail-type`, and `{"metadata": …, "data": …}` as `detail`.
    EventBridge,
    /// The event's data as JSON, without an envelope.
    Raw,
}

/// Something that another service put a message into.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wrapping {
    /// An SNS notification, as a subscription without raw message delivery makes it.
    Notification,
    /// An EventBridge event around a destination record.
    Event,
    /// The record of an invocation that ended: a Lambda destination.
    Destination,
    /// The event of an SNS invocation, as a destination record or a function's dead-letter queue keeps it.
    Invocation,
}

/// A form in its wrappings.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Layout {
    /// The innermost form.
    pub form: Form,
    /// What is around it, outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub inside: Vec<Wrapping>,
}

/// What a message is published to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChannelKind {
    /// An SQS queue.
    Queue,
    /// An SNS topic.
    Topic,
    /// An EventBridge bus.
    Bus,
}

impl fmt::Display for ChannelKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Queue => "queue",
            Self::Topic => "topic",
            Self::Bus => "bus",
        })
    }
}

/// One queue, topic or bus, named by the function's environment variable or by its own name. With neither it is not known
/// which it is, and nothing may be concluded of it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Destination {
    /// What it is.
    pub kind: ChannelKind,
    /// The environment variable of the function that holds its URL, ARN or name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Its URL, ARN or physical name, where no environment variable gives it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl fmt::Display for Destination {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.environment, &self.name) {
            (Some(variable), _) => write!(formatter, "the {} of {variable}", self.kind),
            (None, Some(name)) => write!(formatter, "the {} {name}", self.kind),
            (None, None) => write!(formatter, "a {}", self.kind),
        }
    }
}

/// A message attribute of SQS or SNS that a publisher sets.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Attribute {
    /// Its name.
    pub name: String,
    /// `String`, `String.Array`, `Number` or `Binary`.
    #[serde(rename = "dataType", default = "string")]
    pub data_type: String,
    /// Its value, where it is always the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

fn string() -> String {
    "String".to_owned()
}
