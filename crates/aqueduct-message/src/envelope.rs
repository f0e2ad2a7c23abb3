//! Envelopes: how a message travels.
//!
//! Written: CloudEvents 1.0 JSON to queues and topics, EventBridge's own fields to buses.
//! Read: those two, each also inside an SNS notification, and raw JSON from producers that know nothing of us.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use thiserror::Error;

use crate::{Delivery, Header, Message, Payload};

/// A message whose header is read and whose data is still JSON text.
#[derive(Debug)]
pub struct Envelope {
    /// The header; for raw JSON it is made from the delivery, with an empty type.
    pub header: Header,
    /// The data, JSON text.
    pub data: Box<RawValue>,
}

/// A body that is no message, or not the message that the handler takes.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The body is not JSON.
    #[error("the body is not JSON: {0}")]
    NotJson(#[source] serde_json::Error),
    /// The body is an envelope that lacks a part.
    #[error("the {envelope} envelope cannot be read: {source}")]
    Envelope {
        /// Which envelope.
        envelope: &'static str,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// Envelopes stand in envelopes deeper than any AWS path makes them.
    #[error("envelopes are nested more than {NESTING_MAX} deep")]
    Nesting,
    /// The message is of another type.
    #[error("expected a message of type {expected}, found {found}")]
    Type {
        /// What the handler takes.
        expected: &'static str,
        /// What came.
        found: String,
    },
    /// The data does not fit the type.
    #[error("the data of {kind} does not fit: {source}")]
    Data {
        /// The message type.
        kind: &'static str,
        /// What is wrong with it.
        source: serde_json::Error,
    },
}

/// An EventBridge event in an SNS notification in an SQS record is the deepest path that AWS makes.
const NESTING_MAX: u8 = 3;

impl Envelope {
    /// Reads the envelope of a delivery's body.
    pub fn read(delivery: &Delivery) -> Result<Self, DecodeError> {
        peel(&delivery.body, delivery, 0)
    }

    /// Reads the data as `T`. A raw body has no type and is taken for whatever fits it.
    pub fn decode<T: Payload>(&self) -> Result<Message<T>, DecodeError> {
        if !self.header.kind.is_empty() && self.header.kind != T::TYPE {
            return Err(DecodeError::Type { expected: T::TYPE, found: self.header.kind.clone() });
        }
        let data =
            serde_json::from_str(self.data.get()).map_err(|source| DecodeError::Data { kind: T::TYPE, source })?;
        Ok(Message { header: self.header.clone(), data })
    }
}

/// CloudEvents 1.0 in structured JSON.
///
/// Source: <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md>
#[derive(Serialize, Deserialize)]
struct CloudEvent<D> {
    specversion: String,
    #[serde(flatten)]
    header: Header,
    #[serde(default = "json")]
    datacontenttype: String,
    data: D,
}

fn json() -> String {
    "application/json".to_owned()
}

/// Writes a message as CloudEvents JSON, the body for queues and topics.
pub fn to_cloud_event<T: Serialize>(header: &Header, data: &T) -> Result<String, serde_json::Error> {
    serde_json::to_string(&CloudEvent {
        specversion: "1.0".to_owned(),
        header: header.clone(),
        datacontenttype: json(),
        data,
    })
}

/// The `detail` of an event on a bus: what EventBridge's own fields have no room for, and the data.
#[derive(Serialize, Deserialize)]
struct Detail<D> {
    metadata: Header,
    data: D,
}

/// Writes the `detail` of an event for a bus; `source`, `detail-type` and `time` are EventBridge's own fields.
pub fn to_detail<T: Serialize>(header: &Header, data: &T) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Detail { metadata: header.clone(), data })
}

#[derive(Deserialize)]
struct Notification {
    #[serde(rename = "Message")]
    message: String,
}

/// The fields by which an envelope is known. Only an object that has them is taken for one.
#[derive(Deserialize)]
struct Marks {
    specversion: Option<Value>,
    #[serde(rename = "TopicArn")]
    topic_arn: Option<Value>,
    #[serde(rename = "Type")]
    kind: Option<Value>,
    #[serde(rename = "detail-type")]
    detail_type: Option<Value>,
    detail: Option<Box<RawValue>>,
}

fn peel(body: &str, delivery: &Delivery, nesting: u8) -> Result<Envelope, DecodeError> {
    if nesting > NESTING_MAX {
        return Err(DecodeError::Nesting);
    }
    let raw: Box<RawValue> = serde_json::from_str(body).map_err(DecodeError::NotJson)?;
    let Ok(marks) = serde_json::from_str::<Marks>(body) else {
        return Ok(bare(raw, delivery));
    };
    if marks.specversion.is_some() {
        let event: CloudEvent<Box<RawValue>> = read("CloudEvents", body)?;
        return Ok(Envelope { header: event.header, data: event.data });
    }
    if marks.topic_arn.is_some() && marks.kind.is_some_and(|kind| kind == "Notification") {
        let notification: Notification = read("SNS notification", body)?;
        return peel(&notification.message, delivery, nesting + 1);
    }
    if marks.detail_type.is_some() && marks.detail.is_some() {
        return from_bus(body);
    }
    Ok(bare(raw, delivery))
}

fn read<T: DeserializeOwned>(envelope: &'static str, body: &str) -> Result<T, DecodeError> {
    serde_json::from_str(body).map_err(|source| DecodeError::Envelope { envelope, source })
}

#[derive(Deserialize)]
struct BusEvent {
    id: String,
    source: String,
    #[serde(rename = "detail-type")]
    detail_type: String,
    time: Option<jiff::Timestamp>,
    detail: Box<RawValue>,
}

fn from_bus(body: &str) -> Result<Envelope, DecodeError> {
    let event: BusEvent = read("EventBridge", body)?;
    if let Ok(Detail { metadata, data }) = serde_json::from_str::<Detail<Box<RawValue>>>(event.detail.get()) {
        return Ok(Envelope { header: Header { kind: event.detail_type, source: event.source, ..metadata }, data });
    }
    let header = Header {
        id: event.id,
        kind: event.detail_type,
        source: event.source,
        time: event.time,
        subject: None,
        correlation_id: None,
        causation_id: None,
        traceparent: None,
        key: None,
        group: None,
    };
    Ok(Envelope { header, data: event.detail })
}

/// JSON from a producer that knows nothing of us: the transport's id is all the identity there is.
fn bare(data: Box<RawValue>, delivery: &Delivery) -> Envelope {
    let header = Header {
        id: delivery.id.clone(),
        kind: String::new(),
        source: delivery.source_arn.clone().unwrap_or_default(),
        time: delivery.sent,
        subject: None,
        correlation_id: None,
        causation_id: None,
        traceparent: None,
        key: None,
        group: delivery.group.clone(),
    };
    Envelope { header, data }
}
