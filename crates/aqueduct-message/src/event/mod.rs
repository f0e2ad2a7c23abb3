//! What Lambda hands over, read into deliveries.
//!
//! The trigger is told by fields that AWS always sets, before anything is decoded, so that an SNS event can never
//! pass for an SQS event with empty fields. Bodies are not looked into here: a body that cannot be read is one
//! failed record.

use serde::Deserialize;
use serde_json::value::RawValue;
use thiserror::Error;

use crate::text::Text;
use crate::unquoted::Unquoted;
use crate::{Delivery, Trigger};

mod fast;
mod kafka;
mod record;
mod table;

pub(crate) use table::CHANGE_TYPE;
pub use table::{Change, ChangeKind};

/// The deliveries of one Lambda event.
#[derive(Debug, PartialEq, Eq)]
pub struct Batch<'a> {
    /// What invoked the function.
    pub trigger: Trigger,
    /// The records, in the order in which they came.
    pub deliveries: Vec<Delivery<'a>>,
}

/// An event that no trigger known here makes.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum EventError {
    /// Not JSON, or not an object.
    #[error("the Lambda event is not a JSON object: {0}")]
    NotAnObject(String),
    /// Records of a source that is not read here.
    #[error(
        "records of event source `{0}` are not read by this consumer; wire it to SQS, SNS, EventBridge, Kinesis, DynamoDB or Kafka"
    )]
    Source(String),
    /// Records of several sources in one event, which AWS never sends.
    #[error("record {index} comes from `{found}`, and the records before it from `{expected}`")]
    Mixed {
        /// Its place in the batch, from 0.
        index: usize,
        /// The source of the first record.
        expected: String,
        /// The source of this one.
        found: String,
    },
    /// A record without the id by which its failure could be reported.
    #[error("record {index} of the {trigger:?} event cannot be read: {reason}")]
    Record {
        /// Its place in the batch, from 0.
        index: usize,
        /// The batch's trigger.
        trigger: Trigger,
        /// What is wrong with it.
        reason: String,
    },
    /// The consumer is declared for other triggers.
    #[error("this consumer is not declared for {found:?} events; it takes {expected:?}")]
    Trigger {
        /// What the consumer takes.
        expected: Vec<Trigger>,
        /// What came.
        found: Trigger,
    },
}

impl EventError {
    fn record(index: usize, trigger: Trigger, error: &serde_json::Error) -> Self {
        Self::Record { index, trigger, reason: Unquoted(error).to_string() }
    }
}

/// A batch as AWS sends it, read in one pass.
#[derive(Deserialize)]
struct Records<'a> {
    #[serde(rename = "Records", borrow)]
    batch: Option<Vec<record::Record<'a>>>,
}

/// The fields by which events differ. What is no batch may have any of them in any shape.
#[derive(Deserialize)]
struct Shape<'a> {
    #[serde(rename = "Records", borrow)]
    batch: Option<Vec<&'a RawValue>>,
    #[serde(borrow)]
    records: Option<&'a RawValue>,
    #[serde(rename = "eventSource", borrow)]
    event_source: Option<&'a RawValue>,
    #[serde(rename = "eventSourceArn", borrow)]
    event_source_arn: Option<&'a RawValue>,
    #[serde(rename = "detail-type", borrow)]
    detail_type: Option<&'a RawValue>,
    #[serde(borrow)]
    detail: Option<&'a RawValue>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    source: Option<&'a RawValue>,
    #[serde(borrow)]
    resources: Option<&'a RawValue>,
    #[serde(borrow)]
    time: Option<&'a RawValue>,
    #[serde(rename = "requestContext", borrow)]
    request_context: Option<&'a RawValue>,
    #[serde(rename = "requestPayload", borrow)]
    request_payload: Option<&'a RawValue>,
}

fn read_as<'a, T: Deserialize<'a>>(raw: Option<&'a RawValue>) -> Option<T> {
    raw.and_then(|raw| serde_json::from_str(raw.get()).ok())
}

/// Reads a Lambda event, JSON text.
pub fn read_event(event: &str) -> Result<Batch<'_>, EventError> {
    fast::read(event).map_or_else(|| read_slowly(event), Ok)
}

/// Reads any event, and says what is wrong with one that cannot be read.
fn read_slowly(event: &str) -> Result<Batch<'_>, EventError> {
    if !event.trim_start().starts_with('{') {
        return Err(EventError::NotAnObject("it does not start with `{`".to_owned()));
    }
    // A batch with a record that AWS would not send is read again below, record by record.
    if let Ok(Records { batch: Some(records) }) = serde_json::from_str(event)
        && let Some(batch) = record::read_all(records)?
    {
        return Ok(batch);
    }
    let shape: Shape<'_> =
        serde_json::from_str(event).map_err(|error| EventError::NotAnObject(Unquoted(&error).to_string()))?;
    if let Some(records) = &shape.batch {
        return record::read_each(records);
    }
    if let (Some(records), Some(source)) = (shape.records, read_as::<Text<'_>>(shape.event_source)) {
        return match &*source.0 {
            "aws:kafka" | "SelfManagedKafka" => kafka::read(records, shape.event_source_arn),
            other => Err(EventError::Source(other.to_owned())),
        };
    }
    Ok(read_single(event, &shape))
}

/// An event that is one message: EventBridge's, a destination record, or the message itself.
fn read_single<'a>(event: &'a str, shape: &Shape<'a>) -> Batch<'a> {
    let trigger = if shape.detail_type.is_some() && shape.detail.is_some() {
        Trigger::EventBridge
    } else if shape.request_context.is_some() && shape.request_payload.is_some() {
        Trigger::Destination
    } else {
        Trigger::Direct
    };
    let id = match trigger {
        Trigger::Destination => read_as::<RequestContext<'_>>(shape.request_context).map(|context| context.request_id),
        _ => read_as(shape.id),
    };
    let source_arn = match trigger {
        Trigger::EventBridge => {
            read_as::<Vec<Text<'_>>>(shape.resources).and_then(|resources| resources.into_iter().next())
        }
        Trigger::Destination => read_as::<RequestContext<'_>>(shape.request_context).map(|context| context.function),
        _ => read_as(shape.source),
    };
    let delivery = Delivery {
        source_arn: crate::text::inner(source_arn),
        sent: read_as(shape.time),
        ..Delivery::new(trigger, crate::text::inner(id).unwrap_or_default(), event)
    };
    Batch { trigger, deliveries: vec![delivery] }
}

/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html>
#[derive(Deserialize)]
struct RequestContext<'a> {
    #[serde(rename = "requestId", borrow)]
    request_id: Text<'a>,
    #[serde(rename = "functionArn", borrow)]
    function: Text<'a>,
}

#[cfg(test)]
mod tests;
