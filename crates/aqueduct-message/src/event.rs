//! What Lambda hands over, read into deliveries.
//!
//! The trigger is told by fields that AWS always sets, before anything is decoded, so that an SNS event can never
//! pass for an SQS event with empty fields. Bodies are not looked into here: a body that cannot be read is one
//! failed record.

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use thiserror::Error;

use crate::{Delivery, Trigger};

/// The deliveries of one Lambda event.
#[derive(Debug, PartialEq, Eq)]
pub struct Batch {
    /// What invoked the function.
    pub trigger: Trigger,
    /// The records, in the order in which they came.
    pub deliveries: Vec<Delivery>,
}

/// An event that no trigger known here makes.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EventError {
    /// Not JSON, or not an object.
    #[error("the Lambda event is not a JSON object: {0}")]
    NotAnObject(#[source] serde_json::Error),
    /// Records of a source that is not read here.
    #[error("records of event source `{0}` are not read by this consumer; wire it to SQS, SNS or EventBridge")]
    Source(String),
    /// A record without the id by which its failure could be reported.
    #[error("record {index} of the {trigger:?} event cannot be read: {source}")]
    Record {
        /// Its place in the batch, from 0.
        index: usize,
        /// The batch's trigger.
        trigger: Trigger,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

#[derive(Deserialize)]
struct Shape<'a> {
    #[serde(rename = "Records", borrow)]
    records: Option<Vec<&'a RawValue>>,
    #[serde(rename = "detail-type")]
    detail_type: Option<String>,
    id: Option<String>,
    source: Option<String>,
    resources: Option<Vec<String>>,
    time: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Origin {
    #[serde(rename = "eventSource", alias = "EventSource")]
    source: String,
}

/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SqsRecord {
    message_id: String,
    receipt_handle: Option<String>,
    body: String,
    #[serde(default)]
    attributes: SqsAttributes,
    #[serde(rename = "eventSourceARN")]
    event_source_arn: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SqsAttributes {
    approximate_receive_count: Option<String>,
    sent_timestamp: Option<String>,
    message_group_id: Option<String>,
}

/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html>
#[derive(Deserialize)]
struct SnsRecord {
    #[serde(rename = "Sns")]
    sns: SnsMessage,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SnsMessage {
    message_id: String,
    topic_arn: Option<String>,
    message: String,
    timestamp: Option<Timestamp>,
}

/// Reads a Lambda event, JSON text.
pub fn read_event(event: &str) -> Result<Batch, EventError> {
    let shape: Shape<'_> = serde_json::from_str(event).map_err(EventError::NotAnObject)?;
    if let Some(records) = &shape.records {
        return read_records(records);
    }
    let trigger = if shape.detail_type.is_some() { Trigger::EventBridge } else { Trigger::Direct };
    let source_arn = match trigger {
        Trigger::EventBridge => shape.resources.and_then(|resources| resources.into_iter().next()),
        _ => shape.source,
    };
    let delivery = Delivery {
        trigger,
        id: shape.id.unwrap_or_default(),
        receive_count: 1,
        source_arn,
        group: None,
        receipt_handle: None,
        sent: shape.time,
        body: event.to_owned(),
    };
    Ok(Batch { trigger, deliveries: vec![delivery] })
}

fn read_records(records: &[&RawValue]) -> Result<Batch, EventError> {
    let Some(first) = records.first() else {
        return Ok(Batch { trigger: Trigger::Sqs, deliveries: Vec::new() });
    };
    let trigger = match origin(first)?.as_str() {
        "aws:sqs" => Trigger::Sqs,
        "aws:sns" => Trigger::Sns,
        other => return Err(EventError::Source(other.to_owned())),
    };
    let read = if trigger == Trigger::Sqs { read_sqs } else { read_sns };
    let deliveries = records
        .iter()
        .enumerate()
        .map(|(index, record)| read(record.get()).map_err(|source| EventError::Record { index, trigger, source }))
        .collect::<Result<_, _>>()?;
    Ok(Batch { trigger, deliveries })
}

fn origin(record: &RawValue) -> Result<String, EventError> {
    serde_json::from_str::<Origin>(record.get()).map(|origin| origin.source).map_err(|source| EventError::Record {
        index: 0,
        trigger: Trigger::Direct,
        source,
    })
}

fn read_sqs(record: &str) -> Result<Delivery, serde_json::Error> {
    let record: SqsRecord = serde_json::from_str(record)?;
    if record.message_id.is_empty() {
        return Err(serde::de::Error::custom("messageId is empty"));
    }
    let attributes = record.attributes;
    Ok(Delivery {
        trigger: Trigger::Sqs,
        id: record.message_id,
        receive_count: attributes.approximate_receive_count.and_then(|count| count.parse().ok()).unwrap_or(1),
        source_arn: record.event_source_arn,
        group: attributes.message_group_id,
        receipt_handle: record.receipt_handle,
        sent: attributes
            .sent_timestamp
            .and_then(|millis| millis.parse().ok())
            .and_then(|millis| Timestamp::from_millisecond(millis).ok()),
        body: record.body,
    })
}

fn read_sns(record: &str) -> Result<Delivery, serde_json::Error> {
    let SnsRecord { sns } = serde_json::from_str(record)?;
    Ok(Delivery {
        trigger: Trigger::Sns,
        id: sns.message_id,
        receive_count: 1,
        source_arn: sns.topic_arn,
        group: None,
        receipt_handle: None,
        sent: sns.timestamp,
        body: sns.message,
    })
}
