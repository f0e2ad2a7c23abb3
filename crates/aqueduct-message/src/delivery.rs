//! Deliveries: one attempt to hand a message to a consumer.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

/// What handed the message over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Trigger {
    /// An SQS event source mapping: a batch, each record answered for itself.
    Sqs,
    /// A Kinesis stream's shard: a batch in order, answered with the first record that failed.
    Kinesis,
    /// A DynamoDB stream's shard: a batch in order, answered with the first record that failed.
    DynamoDb,
    /// Kafka topics, by Amazon MSK or not: batches in order within each partition.
    Kafka,
    /// SNS, by asynchronous invocation: one message, retried as a whole.
    Sns,
    /// EventBridge, by asynchronous invocation: one event, retried as a whole.
    EventBridge,
    /// The record of another invocation that ended, by asynchronous invocation: a Lambda destination.
    Destination,
    /// An invocation with the message itself as its event.
    Direct,
}

impl Trigger {
    /// Whether an event source mapping hands batches over and reads a batch response; the others retry as a whole.
    pub const fn is_batch(self) -> bool {
        matches!(self, Self::Sqs | Self::Kinesis | Self::DynamoDb | Self::Kafka)
    }

    /// Whether records keep their place in a stream, so that nothing after a failed record is done with.
    pub const fn is_stream(self) -> bool {
        matches!(self, Self::Kinesis | Self::DynamoDb | Self::Kafka)
    }
}

/// One attempt to hand a message to a consumer. Its strings are borrowed from the Lambda event where they can be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery<'a> {
    /// What handed it over.
    pub trigger: Trigger,
    /// The transport's id: SQS and SNS message id, EventBridge event id, sequence number in a Kinesis or DynamoDB stream,
    /// `topic-partition@offset` in Kafka. SQS's changes when a message is redriven.
    pub id: Cow<'a, str>,
    /// How many times SQS has handed the message out, this time included; 1 elsewhere, where nobody counts.
    pub receive_count: u32,
    /// The queue, topic, rule, stream or cluster.
    pub source_arn: Option<Cow<'a, str>>,
    /// The message group, a Kinesis record's partition key, or a Kafka record's `topic-partition`.
    pub group: Option<Cow<'a, str>>,
    /// SQS's handle on this attempt.
    pub receipt_handle: Option<Cow<'a, str>>,
    /// When the transport accepted the message.
    pub sent: Option<Timestamp>,
    /// When SQS first handed the message out.
    pub first_received: Option<Timestamp>,
    /// The X-Ray trace header that came with the message.
    pub trace: Option<Cow<'a, str>>,
    /// The message attributes of SQS or SNS, JSON text; see [`Delivery::attributes`].
    pub raw_attributes: Option<&'a str>,
    /// The message body: an [`Envelope`](crate::Envelope) in some form.
    pub body: Cow<'a, str>,
    /// Why the body could not be read out of its record; `body` is then the record as it came.
    pub unreadable: Option<String>,
}

/// A message attribute of SQS or SNS.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "WireAttribute")]
pub struct Attribute {
    /// `String`, `Number` or `Binary`, perhaps with a label of the sender's.
    pub data_type: String,
    /// The value of a string or number.
    pub string_value: Option<String>,
    /// The value of a binary attribute, in Base64.
    pub binary_value: Option<String>,
}

/// An attribute as Lambda hands it over: SQS has a field for each kind of value, SNS one for all.
///
/// Sources: <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>,
/// <https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html>
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireAttribute {
    #[serde(alias = "Type")]
    data_type: String,
    string_value: Option<String>,
    binary_value: Option<String>,
    #[serde(rename = "Value")]
    value: Option<String>,
}

impl From<WireAttribute> for Attribute {
    fn from(wire: WireAttribute) -> Self {
        let WireAttribute { data_type, string_value, binary_value, value } = wire;
        if data_type.starts_with("Binary") {
            Self { data_type, string_value, binary_value: binary_value.or(value) }
        } else {
            Self { data_type, string_value: string_value.or(value), binary_value }
        }
    }
}

impl Delivery<'_> {
    /// A delivery with an id and a body, and nothing else known.
    pub fn new<'a>(trigger: Trigger, id: impl Into<Cow<'a, str>>, body: impl Into<Cow<'a, str>>) -> Delivery<'a> {
        Delivery {
            trigger,
            id: id.into(),
            receive_count: 1,
            source_arn: None,
            group: None,
            receipt_handle: None,
            sent: None,
            first_received: None,
            trace: None,
            raw_attributes: None,
            body: body.into(),
            unreadable: None,
        }
    }

    /// Whether the queue is FIFO, where a failure stops its group.
    pub fn is_fifo(&self) -> bool {
        self.trigger == Trigger::Sqs && self.source_arn.as_deref().is_some_and(|arn| arn.ends_with(".fifo"))
    }

    /// What the delivery must keep its order with: the group of a FIFO queue, the shard, the partition of a topic.
    /// `None` where records stand alone.
    pub fn lane(&self) -> Option<&str> {
        match self.trigger {
            Trigger::Sqs if self.is_fifo() => Some(self.group.as_deref().unwrap_or_default()),
            Trigger::Kinesis | Trigger::DynamoDb => Some(""),
            Trigger::Kafka => Some(self.group.as_deref().unwrap_or_default()),
            _ => None,
        }
    }

    /// The message attributes of SQS or SNS by name; none when there are none or they cannot be read.
    pub fn attributes(&self) -> BTreeMap<String, Attribute> {
        self.raw_attributes.and_then(|json| serde_json::from_str(json).ok()).unwrap_or_default()
    }
}
