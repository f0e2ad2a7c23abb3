//! Channels: the way to one queue, topic or bus.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use aqueduct_message::Header;
use futures_util::future::{BoxFuture, FutureExt as _, ready};
use jiff::Timestamp;
use thiserror::Error;

/// A message in the wire form that its channel carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The header.
    pub header: Header,
    /// The text to send, in the channel's [`Format`].
    pub body: String,
    /// How long the message waits before it can be received.
    pub delay: Option<Duration>,
    /// How many bytes the body has that lies in S3, where `body` stands for a pointer to it; see
    /// [`claim_check`](crate::claim_check).
    pub stored: Option<usize>,
}

/// How a channel writes messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// CloudEvents JSON, for queues and topics.
    #[default]
    CloudEvents,
    /// The `detail` of an event, for buses: `{"metadata": header, "data": data}`.
    Detail,
}

/// What a channel takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// How many messages in one request.
    pub entries: usize,
    /// How many bytes in one request, and so in one message.
    pub bytes: usize,
    /// How long it can hold a message back before it can be received.
    pub delay: Duration,
}

/// What a channel leads to, for contracts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// What kind of thing it is.
    pub kind: DestinationKind,
    /// Its URL, ARN or name.
    pub address: String,
    /// The message attributes that are set, all of them; `None` when they are not always the same.
    pub attributes: Option<Vec<&'static str>>,
    /// Whether a deduplication id is set where the queue or topic is FIFO; `None` when that is not known.
    pub deduplicates: Option<bool>,
}

/// What can be published to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DestinationKind {
    /// An SQS queue, by its URL.
    Queue,
    /// An SNS topic, by its ARN.
    Topic,
    /// An EventBridge bus, by its name or ARN.
    Bus,
}

/// The way to one queue, topic or bus.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not lead to a queue, topic or bus",
    label = "not a `Channel`",
    note = "channels are `aqueduct::aws::Queue`, `Topic` and `Bus`, each made of a client and a URL, an ARN or a name; for \
            tests there is `Publisher::memory`"
)]
pub trait Channel: fmt::Debug + Send + Sync {
    /// What it leads to, for messages: `queue https://…`.
    fn name(&self) -> String;

    /// What it leads to, for contracts; `None` when it has no place in a template.
    fn destination(&self) -> Option<Destination> {
        None
    }

    /// What it takes.
    fn limits(&self) -> Limits;

    /// How it writes messages.
    fn format(&self) -> Format {
        Format::default()
    }

    /// Whether messages of one group are received in the order in which they were sent.
    fn is_ordered(&self) -> bool {
        false
    }

    /// How many of the [bytes](Limits::bytes) a message takes.
    fn weigh(&self, message: &Outgoing) -> usize {
        message.body.len()
    }

    /// The message with its body stored and a pointer in its place if it has more than `bytes`, for whoever takes less than
    /// this channel. A channel that stores nothing answers the message as it is.
    fn lighten<'a>(&'a self, message: &'a Outgoing, bytes: usize) -> BoxFuture<'a, Result<Cow<'a, Outgoing>, Refusal>> {
        let _ = bytes;
        ready(Ok(Cow::Borrowed(message))).boxed()
    }

    /// Asks once, before the first message, whether what it leads to is there.
    fn verify(&self) -> BoxFuture<'_, Result<(), Refusal>> {
        ready(Ok(())).boxed()
    }

    /// Sends messages that are together within the limits and reports the fate of each, in their order. A request that
    /// fails as a whole is the fate of all of them.
    fn send<'a>(&'a self, messages: &'a [&'a Outgoing]) -> BoxFuture<'a, Vec<Fate>>;
}

/// Sends a message later than its channel can.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not send messages later",
    label = "not a `Later`",
    note = "with EventBridge Scheduler it is `aqueduct::aws::Scheduler`"
)]
pub trait Later: fmt::Debug + Send + Sync {
    /// How many bytes a message may have that it sends later.
    fn bytes_max(&self) -> usize {
        usize::MAX
    }

    /// How many of the [bytes](Later::bytes_max) a message takes.
    fn weigh(&self, message: &Outgoing) -> usize {
        message.body.len()
    }

    /// Sends a message at a time.
    fn schedule<'a>(&'a self, message: &'a Outgoing, at: Timestamp) -> BoxFuture<'a, Fate>;
}

/// What became of a message.
pub type Fate = Result<Ack, Refusal>;

/// The id that the service gave to an accepted message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ack(pub String);

/// A message was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{code}: {message}")]
pub struct Refusal {
    /// The service's name for the reason.
    pub code: String,
    /// The reason.
    pub message: String,
    /// Whether the same message may be accepted a moment later, and the publisher should try.
    pub retryable: bool,
}

impl Refusal {
    /// A refusal that another try would not change.
    pub fn last(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { code: code.into(), message: message.into(), retryable: false }
    }

    /// A refusal that another try may change.
    pub fn passing(code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { retryable: true, ..Self::last(code, message) }
    }
}
