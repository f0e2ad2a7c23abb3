//! Envelopes: how a message travels.
//!
//! Written: CloudEvents 1.0 JSON to queues and topics, EventBridge's own fields to buses.
//! Read: those two, in an SNS notification, in a Lambda destination record or in several of these, and raw JSON from
//! producers that know nothing of us. Each is told by fields that only it has.

use std::borrow::Cow;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use thiserror::Error;

use crate::event::CHANGE_TYPE;
use crate::layout::{Form, Layout, Wrapping};
use crate::reader;
use crate::text::Text;
use crate::unquoted::Unquoted;
use crate::wrapped::{NESTING_MAX, Notification, Wrapped};
use crate::{BorrowedPayload, Delivery, Header, Message, Payload, Trigger};

/// A message whose header is read and whose data is still JSON text.
#[derive(Clone, Debug)]
pub struct Envelope<'a> {
    /// The header; for raw JSON it is made from the delivery, with an empty type.
    pub header: Header,
    /// The data, JSON text.
    pub data: Cow<'a, str>,
    /// How the message was wrapped.
    pub layout: Layout,
}

/// A body that is no message, or not the message that the handler takes. In words it quotes no value of the body; its
/// source does.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// The record has no body that could be read.
    #[error("the record has no body that can be read: {0}")]
    Unreadable(String),
    /// The body is not JSON.
    #[error("the body is not JSON: {}", Unquoted(.0))]
    NotJson(#[source] serde_json::Error),
    /// The body is an envelope that lacks a part.
    #[error("the {envelope} envelope cannot be read: {}", Unquoted(source))]
    Envelope {
        /// Which envelope.
        envelope: &'static str,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// Envelopes stand in envelopes deeper than any AWS path makes them.
    #[error("envelopes are nested more than {NESTING_MAX} deep")]
    Nesting,
    /// The message is wrapped in another way than the consumer was declared for.
    #[error("expected {expected}, found {found}")]
    Layout {
        /// What the consumer takes.
        expected: String,
        /// What came.
        found: Layout,
    },
    /// The message is of another type.
    #[error("expected a message of type {expected}, found {found}")]
    Type {
        /// What the handler takes.
        expected: &'static str,
        /// What came.
        found: String,
    },
    /// The data does not fit the type.
    #[error("the data of {kind} does not fit: {}", Unquoted(source))]
    Data {
        /// The message type.
        kind: &'static str,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// What came is a pointer to a body in S3, which nothing fetched.
    #[error("the body lies in S3, and what came is the pointer to it; add the layer `ClaimCheck` to the consumer")]
    Pointer,
}

impl DecodeError {
    /// A short name, for attributes and metrics.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Unreadable(_) => "Unreadable",
            Self::NotJson(_) => "NotJson",
            Self::Envelope { .. } => "Envelope",
            Self::Nesting => "Nesting",
            Self::Layout { .. } => "Layout",
            Self::Type { .. } => "Type",
            Self::Data { .. } => "Data",
            Self::Pointer => "Pointer",
        }
    }
}

impl<'a> Envelope<'a> {
    /// Reads the envelope of a delivery's body.
    pub fn read(delivery: &'a Delivery<'_>) -> Result<Self, DecodeError> {
        if let Some(reason) = &delivery.unreadable {
            return Err(DecodeError::Unreadable(reason.clone()));
        }
        if delivery.trigger == Trigger::DynamoDb {
            let mut envelope = bare(&delivery.body, delivery);
            CHANGE_TYPE.clone_into(&mut envelope.header.kind);
            return Ok(envelope);
        }
        peel(&delivery.body, delivery, 0)
    }

    /// Reads the data as `T`. A raw body has no type and is taken for whatever fits it; its key is what `T` says, since a
    /// transport's id may be another after a redrive.
    pub fn decode<T: Payload>(mut self) -> Result<Message<T>, DecodeError> {
        expect_type(&self.header, T::TYPE)?;
        let data: T = read_data(&self.data, &self.layout, T::TYPE)?;
        if self.layout.form == Form::Raw {
            self.header.key = data.key();
        }
        Ok(Message { header: self.header, data })
    }

    /// Reads the data as `T`, which borrows from the envelope, and takes the header out of it.
    pub fn decode_borrowed<T: BorrowedPayload>(&mut self) -> Result<Message<T::Data<'_>>, DecodeError> {
        let mut header = std::mem::replace(&mut self.header, Header::new("", "", ""));
        expect_type(&header, T::TYPE)?;
        let data = read_data(&self.data, &self.layout, T::TYPE)?;
        if self.layout.form == Form::Raw {
            header.key = T::key(&data);
        }
        Ok(Message { header, data })
    }

    fn owned(self) -> Envelope<'static> {
        Envelope { header: self.header, data: Cow::Owned(self.data.into_owned()), layout: self.layout }
    }

    fn wrapped(mut self, wrapping: Wrapping) -> Self {
        self.layout = self.layout.inside(wrapping);
        self
    }
}

fn expect_type(header: &Header, expected: &'static str) -> Result<(), DecodeError> {
    if header.kind.is_empty() || header.kind == expected {
        return Ok(());
    }
    Err(DecodeError::Type { expected, found: header.kind.clone() })
}

fn read_data<'a, D: Deserialize<'a>>(data: &'a str, layout: &Layout, kind: &'static str) -> Result<D, DecodeError> {
    reader::read(data).map_err(|source| match layout.form {
        _ if is_pointer(data) => DecodeError::Pointer,
        Form::Raw if !source.is_data() => DecodeError::NotJson(source),
        _ => DecodeError::Data { kind, source },
    })
}

/// Whether data is a pointer as AWS's extended clients write it: the name of a class, and where the body lies.
///
/// Source: <https://github.com/awslabs/payload-offloading-java-common-lib-for-aws>
fn is_pointer(data: &str) -> bool {
    let pointer: Result<(Cow<'_, str>, IgnoredAny), _> = serde_json::from_str(data);
    pointer.is_ok_and(|(class, _)| class.ends_with(".PayloadS3Pointer") || class.ends_with(".MessageS3Pointer"))
}

/// CloudEvents 1.0 in structured JSON, in which data is JSON unless `datacontenttype` says otherwise.
///
/// Source: <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/formats/json-format.md#31-handling-of-data>
#[derive(Serialize)]
struct CloudEvent<'a, D> {
    specversion: &'static str,
    #[serde(flatten)]
    header: &'a Header,
    data: D,
}

/// Writes a message as CloudEvents JSON, the body for queues and topics.
pub fn to_cloud_event<T: Serialize>(header: &Header, data: &T) -> Result<String, serde_json::Error> {
    serde_json::to_string(&CloudEvent { specversion: "1.0", header, data })
}

/// The `detail` of an event on a bus: what EventBridge's own fields have no room for, and the data.
#[derive(Serialize)]
struct Detail<'a, D> {
    metadata: &'a Header,
    data: D,
}

/// Writes the `detail` of an event for a bus; `source`, `detail-type` and `time` are EventBridge's own fields.
pub fn to_detail<T: Serialize>(header: &Header, data: &T) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Detail { metadata: header, data })
}

fn peel<'a>(body: &'a str, delivery: &Delivery<'_>, nesting: u8) -> Result<Envelope<'a>, DecodeError> {
    if nesting > NESTING_MAX {
        return Err(DecodeError::Nesting);
    }
    if !body.trim_ascii_start().starts_with('{') {
        serde_json::from_str::<IgnoredAny>(body).map_err(DecodeError::NotJson)?;
        return Ok(bare(body, delivery));
    }
    let Some(wrapped) = Wrapped::read(body)? else { return Ok(bare(body, delivery)) };
    match wrapped {
        Wrapped::CloudEvent(data) => from_cloud_event(body, data),
        Wrapped::Notification(Notification { message, .. }) => {
            from_text(message, delivery, nesting).map(|envelope| envelope.wrapped(Wrapping::Notification))
        }
        Wrapped::Invocation(Notification { message, .. }) => {
            from_text(message, delivery, nesting).map(|envelope| envelope.wrapped(Wrapping::Invocation))
        }
        Wrapped::Event { detail, of_lambda } => from_bus(body, detail, of_lambda, delivery, nesting),
        Wrapped::Destination { payload, .. } => {
            peel(payload.get(), delivery, nesting + 1).map(|envelope| envelope.wrapped(Wrapping::Destination))
        }
    }
}

fn malformed(envelope: &'static str) -> impl Fn(serde_json::Error) -> DecodeError {
    move |source| DecodeError::Envelope { envelope, source }
}

fn from_cloud_event<'a>(body: &'a str, data: Option<&'a RawValue>) -> Result<Envelope<'a>, DecodeError> {
    let malformed = malformed("CloudEvents");
    let header: Header = serde_json::from_str(body).map_err(&malformed)?;
    let data = data.ok_or_else(|| malformed(serde::de::Error::missing_field("data")))?;
    Ok(Envelope { header, data: Cow::Borrowed(data.get()), layout: Layout::cloud_events() })
}

/// A message that stands as text in its wrapping.
fn from_text(message: &RawValue, delivery: &Delivery<'_>, nesting: u8) -> Result<Envelope<'static>, DecodeError> {
    let text: Text<'_> = serde_json::from_str(message.get()).map_err(malformed("SNS notification"))?;
    peel(&text.0, delivery, nesting + 1).map(Envelope::owned)
}

#[derive(Deserialize)]
struct BusEvent {
    id: String,
    source: String,
    #[serde(rename = "detail-type")]
    detail_type: String,
    time: Option<jiff::Timestamp>,
}

fn from_bus<'a>(
    body: &'a str,
    detail: &'a RawValue,
    of_lambda: bool,
    delivery: &Delivery<'_>,
    nesting: u8,
) -> Result<Envelope<'a>, DecodeError> {
    #[derive(Deserialize)]
    struct Ours<'a> {
        metadata: Header,
        #[serde(borrow)]
        data: &'a RawValue,
    }
    /// The same with its data in S3.
    #[derive(Deserialize)]
    struct Stored<'a> {
        metadata: Header,
        #[serde(borrow)]
        pointer: &'a RawValue,
    }
    let event: BusEvent = serde_json::from_str(body).map_err(malformed("EventBridge"))?;
    let layout = Layout::event_bridge();
    if !detail.get().starts_with('{') {
        return Ok(Envelope { header: of_event(event), data: Cow::Borrowed(detail.get()), layout });
    }
    if let Ok(Ours { metadata, data }) = serde_json::from_str::<Ours<'_>>(detail.get()) {
        let header = Header { kind: event.detail_type, source: event.source, ..metadata };
        return Ok(Envelope { header, data: Cow::Borrowed(data.get()), layout });
    }
    if detail.get().contains("\"pointer\"")
        && let Ok(Stored { metadata, pointer }) = serde_json::from_str::<Stored<'_>>(detail.get())
    {
        let header = Header { kind: event.detail_type, source: event.source, ..metadata };
        return Ok(Envelope { header, data: Cow::Borrowed(pointer.get()), layout });
    }
    // What Lambda sends to a bus as a destination.
    if of_lambda && detail.get().contains("\"requestPayload\"") {
        return peel(detail.get(), delivery, nesting + 1).map(|envelope| envelope.wrapped(Wrapping::Event));
    }
    Ok(Envelope { header: of_event(event), data: Cow::Borrowed(detail.get()), layout })
}

fn of_event(event: BusEvent) -> Header {
    Header { time: event.time, ..Header::new(event.id, event.detail_type, event.source) }
}

/// JSON from a producer that knows nothing of us: the transport's id is all the identity there is.
fn bare<'a>(data: &'a str, delivery: &Delivery<'_>) -> Envelope<'a> {
    let source = delivery.source_arn.as_deref().unwrap_or_default();
    let header = Header {
        time: delivery.sent,
        group: delivery.group.as_deref().map(str::to_owned),
        ..Header::new(&*delivery.id, "", source)
    };
    Envelope { header, data: Cow::Borrowed(data), layout: Layout::raw() }
}
