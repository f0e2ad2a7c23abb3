//! A topic to publish to.

use std::borrow::Cow;
use std::time::Duration;

use aws_sdk_sns::Client;
use aws_sdk_sns::types::{MessageAttributeValue, PublishBatchRequestEntry};
use futures_util::future::{BoxFuture, FutureExt as _};

use super::batch::{Answered, Batched, attributes, deduplication_id, lighten, send, unusable, weigh_packed};
use super::refused;
use crate::claim_check::LargeBodies;
use crate::publish::{Channel, Destination, DestinationKind, Fate, Limits, Outgoing, Refusal};

/// An SNS topic to publish to: CloudEvents JSON as the message, the message type as the attribute `type`, which filter
/// policies read, the message's group as its message group, and on a FIFO topic its key as the deduplication id.
#[derive(Clone, Debug)]
pub struct Topic {
    client: Client,
    arn: String,
    bytes: usize,
    large: Option<LargeBodies>,
}

/// Source: <https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html>
const BYTES_MAX: usize = 256 * 1024;

impl Topic {
    /// The topic with this ARN.
    pub fn new(client: Client, arn: impl Into<String>) -> Self {
        Self { client, arn: arn.into(), bytes: BYTES_MAX, large: None }
    }

    /// How many bytes the topic takes in one request, where it allows more than 256 KiB.
    #[must_use]
    pub fn bytes_max(mut self, bytes: usize) -> Self {
        self.bytes = bytes;
        self
    }

    /// Stores what is larger than the topic takes, and sends a pointer to it. What is sent through a
    /// [`Later`](crate::publish::Later) is stored if it is larger than that one takes.
    #[must_use]
    pub fn large_bodies(mut self, large: LargeBodies) -> Self {
        self.large = Some(large);
        self
    }
}

impl Batched for Topic {
    type Entry = PublishBatchRequestEntry;

    fn entry(&self, place: usize, message: &Outgoing) -> Result<PublishBatchRequestEntry, Refusal> {
        let attributes = attributes(message, |data_type, value| {
            MessageAttributeValue::builder().data_type(data_type).string_value(value).build()
        })?;
        PublishBatchRequestEntry::builder()
            .id(place.to_string())
            .message(&message.body)
            .set_message_attributes(Some(attributes))
            .set_message_group_id(message.header.group.clone())
            .set_message_deduplication_id(self.is_ordered().then(|| deduplication_id(message)))
            .build()
            .map_err(unusable)
    }

    async fn request(&self, entries: Vec<PublishBatchRequestEntry>) -> Result<Vec<Answered>, Refusal> {
        let request = self.client.publish_batch().topic_arn(&self.arn);
        let answer = request.set_publish_batch_request_entries(Some(entries)).send().await.map_err(refused)?;
        let accepted = answer
            .successful()
            .iter()
            .map(|entry| Answered::accepted(entry.id().unwrap_or_default(), entry.message_id().unwrap_or_default()));
        let failed = answer
            .failed()
            .iter()
            .map(|entry| Answered::refused(entry.id(), entry.code(), entry.message(), entry.sender_fault()));
        Ok(accepted.chain(failed).collect())
    }
}

impl Channel for Topic {
    fn name(&self) -> String {
        format!("topic {}", self.arn)
    }

    fn destination(&self) -> Option<Destination> {
        Some(Destination {
            kind: DestinationKind::Topic,
            address: self.arn.clone(),
            attributes: self.large.is_none().then(|| vec!["type"]),
            deduplicates: Some(true),
        })
    }

    fn limits(&self) -> Limits {
        Limits { entries: 10, bytes: self.bytes, delay: Duration::ZERO }
    }

    fn is_ordered(&self) -> bool {
        self.arn.ends_with(".fifo")
    }

    fn weigh(&self, message: &Outgoing) -> usize {
        weigh_packed(self.large.as_ref(), message, self.bytes)
    }

    fn lighten<'a>(&'a self, message: &'a Outgoing, bytes: usize) -> BoxFuture<'a, Result<Cow<'a, Outgoing>, Refusal>> {
        lighten(self.large.as_ref(), message, bytes).boxed()
    }

    fn send<'a>(&'a self, messages: &'a [&'a Outgoing]) -> BoxFuture<'a, Vec<Fate>> {
        send(self, self.large.as_ref(), messages, self.bytes).boxed()
    }
}
