//! A queue to publish to.

use std::borrow::Cow;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry};
use futures_util::future::{BoxFuture, FutureExt as _};

use super::batch::{Answered, Batched, attributes, deduplication_id, lighten, send, unusable, weigh_packed};
use super::refused;
use crate::claim_check::LargeBodies;
use crate::publish::{Channel, Destination, DestinationKind, Fate, Limits, Outgoing, Refusal};

/// An SQS queue to publish to: CloudEvents JSON as the body, the message type as the attribute `type`, the message's
/// group as its message group, and on a FIFO queue its key as the deduplication id.
#[derive(Clone, Debug)]
pub struct Queue {
    client: Client,
    url: String,
    large: Option<LargeBodies>,
}

/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>
const BYTES_MAX: usize = 1024 * 1024;

/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
const DELAY_MAX: Duration = Duration::from_mins(15);

impl Queue {
    /// The queue with this URL.
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        Self { client, url: url.into(), large: None }
    }

    /// Stores what is larger than the queue takes, and sends a pointer to it. What is sent through a
    /// [`Later`](crate::publish::Later) is stored if it is larger than that one takes.
    #[must_use]
    pub fn large_bodies(mut self, large: LargeBodies) -> Self {
        self.large = Some(large);
        self
    }
}

impl Batched for Queue {
    type Entry = SendMessageBatchRequestEntry;

    fn entry(&self, place: usize, message: &Outgoing) -> Result<SendMessageBatchRequestEntry, Refusal> {
        let attributes = attributes(message, |data_type, value| {
            MessageAttributeValue::builder().data_type(data_type).string_value(value).build()
        })?;
        let delay = message.delay.map(|delay| i32::try_from(delay.as_secs()).unwrap_or(i32::MAX));
        SendMessageBatchRequestEntry::builder()
            .id(place.to_string())
            .message_body(&message.body)
            .set_message_attributes(Some(attributes))
            .set_message_group_id(message.header.group.clone())
            .set_message_deduplication_id(self.is_ordered().then(|| deduplication_id(message)))
            .set_delay_seconds(delay)
            .build()
            .map_err(unusable)
    }

    async fn request(&self, entries: Vec<SendMessageBatchRequestEntry>) -> Result<Vec<Answered>, Refusal> {
        let request = self.client.send_message_batch().queue_url(&self.url).set_entries(Some(entries));
        let answer = request.send().await.map_err(refused)?;
        let accepted = answer.successful().iter().map(|entry| Answered::accepted(entry.id(), entry.message_id()));
        let failed = answer
            .failed()
            .iter()
            .map(|entry| Answered::refused(entry.id(), entry.code(), entry.message(), entry.sender_fault()));
        Ok(accepted.chain(failed).collect())
    }
}

impl Channel for Queue {
    fn name(&self) -> String {
        format!("queue {}", self.url)
    }

    fn destination(&self) -> Option<Destination> {
        Some(Destination {
            kind: DestinationKind::Queue,
            address: self.url.clone(),
            attributes: self.large.is_none().then(|| vec!["type"]),
            deduplicates: Some(true),
        })
    }

    fn limits(&self) -> Limits {
        // A FIFO queue delays all its messages or none.
        let delay = if self.is_ordered() { Duration::ZERO } else { DELAY_MAX };
        Limits { entries: 10, bytes: BYTES_MAX, delay }
    }

    fn is_ordered(&self) -> bool {
        self.url.ends_with(".fifo")
    }

    fn weigh(&self, message: &Outgoing) -> usize {
        weigh_packed(self.large.as_ref(), message, BYTES_MAX)
    }

    fn lighten<'a>(&'a self, message: &'a Outgoing, bytes: usize) -> BoxFuture<'a, Result<Cow<'a, Outgoing>, Refusal>> {
        lighten(self.large.as_ref(), message, bytes).boxed()
    }

    fn send<'a>(&'a self, messages: &'a [&'a Outgoing]) -> BoxFuture<'a, Vec<Fate>> {
        send(self, self.large.as_ref(), messages, BYTES_MAX).boxed()
    }
}
