//! Messages: typed data with what every message carries.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Payload;

/// What every message carries besides its data.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Unique per published message.
    pub id: String,
    /// The message type, such as `OrderConfirmed`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Who published it, such as `order-processor`.
    pub source: String,
    /// When it was published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time: Option<Timestamp>,
    /// What it is about, such as an order's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Shared by all messages that one request set in motion.
    #[serde(rename = "correlationid", default, skip_serializing_if = "Option::is_none")]
    pub correlation_id: Option<String>,
    /// The id of the message that led to this one.
    #[serde(rename = "causationid", default, skip_serializing_if = "Option::is_none")]
    pub causation_id: Option<String>,
    /// W3C trace context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// What tracing systems add to the W3C trace context.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracestate: Option<String>,
    /// What makes the message idempotent, unique within its type.
    #[serde(rename = "idempotencykey", default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// The message group.
    #[serde(rename = "partitionkey", default, skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
}

impl Header {
    /// A header with an id, a type and a source, and nothing else.
    pub fn new(id: impl Into<String>, kind: impl Into<String>, source: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            kind: kind.into(),
            source: source.into(),
            time: None,
            subject: None,
            correlation_id: None,
            causation_id: None,
            traceparent: None,
            tracestate: None,
            key: None,
            group: None,
        }
    }

    /// What makes the message idempotent: its key, or its id where the publisher gave none.
    pub fn idempotency_key(&self) -> &str {
        self.key.as_deref().unwrap_or(&self.id)
    }

    /// The correlation id, or the message's own id where it is the first of its conversation.
    pub fn conversation(&self) -> &str {
        self.correlation_id.as_deref().unwrap_or(&self.id)
    }
}

/// A message as a handler gets it.
#[derive(Clone, Debug, PartialEq)]
pub struct Message<T> {
    /// What every message carries.
    pub header: Header,
    /// The typed data.
    pub data: T,
}

impl<T> Message<T> {
    /// A message that this one leads to: same conversation and trace, this message as its cause.
    pub fn followed_by<N: Payload>(&self, data: N) -> Draft<N> {
        Draft {
            data,
            correlation_id: Some(self.header.conversation().to_owned()),
            causation_id: Some(self.header.id.clone()),
            traceparent: self.header.traceparent.clone(),
            tracestate: self.header.tracestate.clone(),
            delay: None,
        }
    }
}

/// A message that is not published yet: the publisher gives it its id, source and time.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft<T> {
    /// The typed data.
    pub data: T,
    /// See [`Header::correlation_id`].
    pub correlation_id: Option<String>,
    /// See [`Header::causation_id`].
    pub causation_id: Option<String>,
    /// See [`Header::traceparent`].
    pub traceparent: Option<String>,
    /// See [`Header::tracestate`].
    pub tracestate: Option<String>,
    /// How long the message waits before it can be received.
    pub delay: Option<Duration>,
}

/// What becomes a message: data alone, or a [`Draft`] of it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how it travels as a message",
    label = "neither a `Payload` nor a `Draft` of one",
    note = "derive or implement `aqueduct::Payload` for `{Self}`: its `TYPE`, and what it is about"
)]
pub trait IntoDraft {
    /// The data.
    type Data: Payload;

    /// The draft, without more than is known of it.
    fn into_draft(self) -> Draft<Self::Data>;
}

#[diagnostic::do_not_recommend]
impl<T: Payload> IntoDraft for T {
    type Data = T;

    fn into_draft(self) -> Draft<T> {
        self.into()
    }
}

impl<T: Payload> IntoDraft for Draft<T> {
    type Data = T;

    fn into_draft(self) -> Self {
        self
    }
}

impl<T: Payload> From<T> for Draft<T> {
    /// The first message of a conversation.
    fn from(data: T) -> Self {
        Self { data, correlation_id: None, causation_id: None, traceparent: None, tracestate: None, delay: None }
    }
}

impl<T: Payload> Draft<T> {
    /// Lets the message wait before it can be received. A publisher says what it can delay, and by how much.
    #[must_use]
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = Some(delay);
        self
    }

    /// The header that the draft is published with.
    pub fn header(&self, id: String, source: String, time: Timestamp) -> Header {
        Header {
            id,
            kind: T::TYPE.to_owned(),
            source,
            time: Some(time),
            subject: self.data.subject(),
            correlation_id: self.correlation_id.clone(),
            causation_id: self.causation_id.clone(),
            traceparent: self.traceparent.clone(),
            tracestate: self.tracestate.clone(),
            key: self.data.key(),
            group: self.data.group(),
        }
    }

    /// The message as its handler gets it, as if it had been published and delivered: for tests of handlers.
    pub fn into_message(self, id: impl Into<String>, source: impl Into<String>, time: Timestamp) -> Message<T> {
        Message { header: self.header(id.into(), source.into(), time), data: self.data }
    }
}
