//! A bus to publish to.

use std::borrow::Cow;
use std::time::Duration;

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::operation::describe_event_bus::DescribeEventBusError;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::{PutEventsRequestEntry, PutEventsResultEntry};
use futures_util::future::{BoxFuture, FutureExt as _, join_all};

use super::client::reason;
use super::passing::passes;
use super::{refused, unanswered};
use crate::claim_check::LargeBodies;
use crate::publish::{Ack, Channel, Destination, DestinationKind, Fate, Format, Limits, Outgoing, Refusal};

/// An EventBridge bus to publish to: `source` and `detail-type` are the message's, `detail` is
/// `{"metadata": header, "data": data}`.
///
/// EventBridge says that it took an event for a bus that does not exist, and drops it. So before its first message the
/// publisher asks for the bus (`events:DescribeEventBus`), once; a role that may not ask is told in the log.
#[derive(Clone, Debug)]
pub struct Bus {
    client: Client,
    name: String,
    bytes: usize,
    verify: bool,
    large: Option<LargeBodies>,
}

/// Source: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>
const BYTES_MAX: usize = 256 * 1000;

impl Bus {
    /// The bus with this name or ARN.
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into(), bytes: BYTES_MAX, verify: true, large: None }
    }

    /// How many bytes the Region takes in one request, where it allows more than 256 KB.
    #[must_use]
    pub fn bytes_max(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }

    /// Does not ask whether the bus exists.
    #[must_use]
    pub fn unverified(mut self) -> Self {
        self.verify = false;
        self
    }

    /// Stores what is larger than the bus takes, and sends an event with
    /// [a pointer in its `detail`](crate::claim_check#buses). What is sent through a [`Later`](crate::publish::Later) is stored
    /// if it is larger than that one takes.
    #[must_use]
    pub fn large_bodies(mut self, large: LargeBodies) -> Self {
        self.large = Some(large);
        self
    }

    /// Puts entries, and answers with their fates in their order.
    async fn put(&self, entries: Vec<PutEventsRequestEntry>) -> Vec<Fate> {
        let count = entries.len();
        match self.client.put_events().set_entries(Some(entries)).send().await.map_err(refused) {
            Err(refusal) => vec![Err(refusal); count],
            Ok(answer) => answer.entries().iter().map(fate).collect(),
        }
    }

    fn entry(&self, message: &Outgoing) -> PutEventsRequestEntry {
        PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source(&message.header.source)
            .detail_type(&message.header.kind)
            .detail(&message.body)
            .set_time(message.header.time.map(|time| DateTime::from_millis(time.as_millisecond())))
            .build()
    }
}

/// Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size>
fn weigh(message: &Outgoing) -> usize {
    let time = if message.header.time.is_some() { 14 } else { 0 };
    time + message.header.source.len() + message.header.kind.len() + message.body.len()
}

/// What became of an entry.
fn fate(entry: &PutEventsResultEntry) -> Fate {
    if let Some(id) = entry.event_id().filter(|_| entry.error_code().is_none()) {
        return Ok(Ack(id.to_owned()));
    }
    let Some(code) = entry.error_code() else { return Err(unanswered()) };
    Err(Refusal { retryable: passes(code), ..Refusal::last(code, entry.error_message().unwrap_or_default()) })
}

impl Channel for Bus {
    fn name(&self) -> String {
        format!("bus {}", self.name)
    }

    fn destination(&self) -> Option<Destination> {
        Some(Destination {
            kind: DestinationKind::Bus,
            address: self.name.clone(),
            attributes: Some(Vec::new()),
            deduplicates: None,
        })
    }

    fn limits(&self) -> Limits {
        Limits { entries: 10, bytes: self.bytes, delay: Duration::ZERO }
    }

    fn format(&self) -> Format {
        Format::Detail
    }

    fn weigh(&self, message: &Outgoing) -> usize {
        let bytes = weigh(message);
        let packed = self.large.as_ref().map(|large| large.preview(message, bytes, self.bytes, Format::Detail));
        packed.map_or(bytes, |packed| weigh(&packed))
    }

    fn lighten<'a>(&'a self, message: &'a Outgoing, bytes: usize) -> BoxFuture<'a, Result<Cow<'a, Outgoing>, Refusal>> {
        async move {
            match &self.large {
                Some(large) => large.pack(message, weigh(message), bytes, Format::Detail).await,
                None => Ok(Cow::Borrowed(message)),
            }
        }
        .boxed()
    }

    fn verify(&self) -> BoxFuture<'_, Result<(), Refusal>> {
        async move {
            if !self.verify {
                return Ok(());
            }
            let Err(error) = self.client.describe_event_bus().name(&self.name).send().await else { return Ok(()) };
            if error.as_service_error().is_some_and(DescribeEventBusError::is_resource_not_found_exception) {
                let words = format!("there is no {}; EventBridge would drop its events", self.name());
                return Err(Refusal::last("ResourceNotFoundException", words));
            }
            tracing::warn!(bus = self.name, error = reason(error), "it is not known whether the bus exists");
            Ok(())
        }
        .boxed()
    }

    fn send<'a>(&'a self, messages: &'a [&'a Outgoing]) -> BoxFuture<'a, Vec<Fate>> {
        async move {
            let packed = join_all(messages.iter().map(|message| self.lighten(message, self.bytes))).await;
            let entries: Vec<_> = packed.iter().flatten().map(|message| self.entry(message)).collect();
            let mut sent = if entries.is_empty() { Vec::new() } else { self.put(entries).await }.into_iter();
            packed
                .into_iter()
                .map(|message| message.and_then(|_| sent.next().unwrap_or_else(|| Err(unanswered()))))
                .collect()
        }
        .boxed()
    }
}
