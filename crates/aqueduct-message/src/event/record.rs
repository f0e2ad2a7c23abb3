//! The records of SQS, SNS, Kinesis and DynamoDB batches.

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{Batch, EventError, table};
use crate::text::{Text, inner};
use crate::unquoted::Unquoted;
use crate::{Delivery, Trigger};

/// A record of any batch; each source fills its own fields.
///
/// Sources: <https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html>,
/// <https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html>,
/// <https://docs.aws.amazon.com/lambda/latest/dg/with-kinesis.html>,
/// <https://docs.aws.amazon.com/lambda/latest/dg/with-ddb.html>
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Record<'a> {
    #[serde(alias = "EventSource", borrow)]
    event_source: Option<Text<'a>>,
    #[serde(borrow)]
    message_id: Option<Text<'a>>,
    #[serde(borrow)]
    receipt_handle: Option<Text<'a>>,
    #[serde(borrow)]
    body: Option<Text<'a>>,
    #[serde(default, borrow)]
    attributes: SqsAttributes<'a>,
    #[serde(borrow)]
    message_attributes: Option<&'a RawValue>,
    #[serde(rename = "eventSourceARN", borrow)]
    event_source_arn: Option<Text<'a>>,
    #[serde(rename = "Sns", borrow)]
    sns: Option<SnsMessage<'a>>,
    #[serde(borrow)]
    kinesis: Option<KinesisRecord<'a>>,
    #[serde(borrow)]
    dynamodb: Option<table::StreamRecord<'a>>,
    #[serde(borrow)]
    event_name: Option<Text<'a>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SqsAttributes<'a> {
    #[serde(borrow)]
    approximate_receive_count: Option<Text<'a>>,
    #[serde(borrow)]
    approximate_first_receive_timestamp: Option<Text<'a>>,
    #[serde(borrow)]
    sent_timestamp: Option<Text<'a>>,
    #[serde(borrow)]
    message_group_id: Option<Text<'a>>,
    #[serde(rename = "AWSTraceHeader", borrow)]
    trace: Option<Text<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SnsMessage<'a> {
    #[serde(borrow)]
    message_id: Text<'a>,
    #[serde(borrow)]
    topic_arn: Option<Text<'a>>,
    #[serde(borrow)]
    message: Text<'a>,
    timestamp: Option<Timestamp>,
    #[serde(borrow)]
    message_attributes: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct KinesisRecord<'a> {
    #[serde(borrow)]
    sequence_number: Text<'a>,
    #[serde(borrow)]
    partition_key: Option<Text<'a>>,
    #[serde(borrow)]
    data: Text<'a>,
    approximate_arrival_timestamp: Option<f64>,
}

/// What is left of a record that does not look like one of its source: how to report it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Handles<'a> {
    #[serde(borrow)]
    message_id: Text<'a>,
    #[serde(borrow)]
    receipt_handle: Option<Text<'a>>,
    #[serde(rename = "eventSourceARN", borrow)]
    event_source_arn: Option<Text<'a>>,
    #[serde(default, borrow)]
    attributes: SqsAttributes<'a>,
    #[serde(borrow)]
    event_source: Text<'a>,
}

fn trigger(source: &str) -> Option<Trigger> {
    match source {
        "aws:sqs" => Some(Trigger::Sqs),
        "aws:sns" => Some(Trigger::Sns),
        "aws:kinesis" => Some(Trigger::Kinesis),
        "aws:dynamodb" => Some(Trigger::DynamoDb),
        _ => None,
    }
}

/// Reads a batch whose records all look as they should; `None` when one does not.
pub(super) fn read_all(records: Vec<Record<'_>>) -> Result<Option<Batch<'_>>, EventError> {
    let Some(first) = records.first() else {
        return Ok(Some(Batch { trigger: Trigger::Sqs, deliveries: Vec::new() }));
    };
    let Some(expected) = first.event_source.as_ref().map(|source| source.0.clone()) else { return Ok(None) };
    let trigger = trigger(&expected).ok_or_else(|| EventError::Source(expected.clone().into_owned()))?;
    let mut deliveries = Vec::with_capacity(records.len());
    for (index, record) in records.into_iter().enumerate() {
        match &record.event_source {
            Some(source) if source.0 == expected => {}
            Some(source) => {
                return Err(EventError::Mixed {
                    index,
                    expected: expected.into_owned(),
                    found: source.0.clone().into_owned(),
                });
            }
            None => return Ok(None),
        }
        match record.deliver(trigger) {
            Some(delivery) => deliveries.push(delivery),
            None => return Ok(None),
        }
    }
    Ok(Some(Batch { trigger, deliveries }))
}

/// Reads a batch record by record, so that one that cannot be read fails alone.
pub(super) fn read_each<'a>(records: &[&'a RawValue]) -> Result<Batch<'a>, EventError> {
    #[derive(Deserialize)]
    struct Origin<'a> {
        #[serde(rename = "eventSource", alias = "EventSource", borrow)]
        source: Text<'a>,
    }
    let Some(first) = records.first() else {
        return Ok(Batch { trigger: Trigger::Sqs, deliveries: Vec::new() });
    };
    let origin: Origin<'_> =
        serde_json::from_str(first.get()).map_err(|error| EventError::record(0, Trigger::Direct, &error))?;
    let trigger = trigger(&origin.source.0).ok_or_else(|| EventError::Source(origin.source.0.clone().into_owned()))?;
    let deliveries = records
        .iter()
        .enumerate()
        .map(|(index, raw)| read_one(raw, trigger, &origin.source.0, index))
        .collect::<Result<_, _>>()?;
    Ok(Batch { trigger, deliveries })
}

fn read_one<'a>(raw: &'a RawValue, trigger: Trigger, expected: &str, index: usize) -> Result<Delivery<'a>, EventError> {
    let record: Result<Record<'a>, _> = serde_json::from_str(raw.get());
    let reason = match record {
        Ok(record) => {
            let found = record.event_source.as_ref().map(|source| source.0.clone().into_owned()).unwrap_or_default();
            if found != expected {
                return Err(EventError::Mixed { index, expected: expected.to_owned(), found });
            }
            match record.deliver(trigger) {
                Some(delivery) => return Ok(delivery),
                None => "it lacks its id or its body".to_owned(),
            }
        }
        Err(error) => Unquoted(&error).to_string(),
    };
    unreadable(raw, trigger, reason).map_err(|reason| EventError::Record { index, trigger, reason })
}

/// A record that has no body to read, and an id to fail by. Only SQS lets a record fail for itself so.
fn unreadable(raw: &RawValue, trigger: Trigger, reason: String) -> Result<Delivery<'_>, String> {
    let handles: Handles<'_> = serde_json::from_str(raw.get()).map_err(|error| Unquoted(&error).to_string())?;
    if trigger != Trigger::Sqs || handles.message_id.0.is_empty() || handles.event_source.0 != "aws:sqs" {
        return Err(reason);
    }
    let delivery = Delivery {
        receipt_handle: inner(handles.receipt_handle),
        source_arn: inner(handles.event_source_arn),
        unreadable: Some(reason),
        ..Delivery::new(trigger, handles.message_id.0, raw.get())
    };
    Ok(handles.attributes.stamp(delivery))
}

impl<'a> SqsAttributes<'a> {
    fn stamp(self, delivery: Delivery<'a>) -> Delivery<'a> {
        let millis = |text: Option<Text<'_>>| {
            text.and_then(|text| text.0.parse().ok()).and_then(|millis| Timestamp::from_millisecond(millis).ok())
        };
        Delivery {
            receive_count: self.approximate_receive_count.and_then(|count| count.0.parse().ok()).unwrap_or(1),
            sent: millis(self.sent_timestamp),
            first_received: millis(self.approximate_first_receive_timestamp),
            group: inner(self.message_group_id),
            trace: inner(self.trace),
            ..delivery
        }
    }
}

impl<'a> Record<'a> {
    /// The delivery, or `None` when the record lacks a field that its source always sets.
    fn deliver(self, trigger: Trigger) -> Option<Delivery<'a>> {
        let delivery = match trigger {
            Trigger::Sqs => {
                let id = self.message_id.filter(|id| !id.0.is_empty())?;
                let delivery = Delivery {
                    receipt_handle: inner(self.receipt_handle),
                    raw_attributes: self.message_attributes.map(RawValue::get),
                    ..Delivery::new(trigger, id.0, self.body?.0)
                };
                self.attributes.stamp(delivery)
            }
            Trigger::Sns => {
                let sns = self.sns?;
                let delivery = Delivery::new(trigger, sns.message_id.0, sns.message.0);
                return Some(Delivery {
                    source_arn: inner(sns.topic_arn),
                    sent: sns.timestamp,
                    raw_attributes: sns.message_attributes.map(RawValue::get),
                    ..delivery
                });
            }
            Trigger::Kinesis => self.kinesis?.deliver(),
            _ => table::deliver(self.dynamodb?, &self.event_name?.0)?,
        };
        Some(Delivery { source_arn: inner(self.event_source_arn), ..delivery })
    }
}

impl<'a> KinesisRecord<'a> {
    fn deliver(self) -> Delivery<'a> {
        let (body, unreadable) = text_of(self.data.0);
        let sent = self.approximate_arrival_timestamp.and_then(seconds);
        let delivery = Delivery::new(Trigger::Kinesis, self.sequence_number.0, body);
        Delivery { group: inner(self.partition_key), sent, unreadable, ..delivery }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "milliseconds of any time that a stream tells fit")]
pub(super) fn seconds(seconds: f64) -> Option<Timestamp> {
    Timestamp::from_millisecond((seconds * 1000.0).round() as i64).ok()
}

/// The text in Base64 data; data that is no text stays as it came, with the reason.
pub(super) fn text_of(data: Cow<'_, str>) -> (Cow<'_, str>, Option<String>) {
    let bytes = match STANDARD.decode(data.as_bytes()) {
        Ok(bytes) => bytes,
        Err(error) => return (data, Some(format!("the data is not Base64: {error}"))),
    };
    match String::from_utf8(bytes) {
        Ok(text) => (Cow::Owned(text), None),
        Err(error) => (data, Some(format!("the data is not text: {error}"))),
    }
}
