//! A topic to publish to.

use std::borrow::Cow;
use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_sns::Client;
use aws_sdk_sns::types::{MessageAttributeValue, PublishBatchRequestEntry};
use futures_util::future::{BoxFuture, FutureExt as _};

use super::batch::{Answered, Packed, deduplication_id, fates, lighten, pack, weigh_packed};
use super::{reason, refused};
use crate::claim_check::{LargeBodies, mark};
use crate::publish::{Channel, Fate, Limits, Outgoing, Refusal};

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

    fn entry(&self, index: usize, message: &Outgoing) -> Result<PublishBatchRequestEntry, Refusal> {
        let kind = MessageAttributeValue::builder().data_type("String").string_value(&message.header.kind);
        let unusable = |error| Refusal::last("Unusable", reason(error));
        let mut attributes = HashMap::from([("type".to_owned(), kind.build().map_err(unusable)?)]);
        if let Some((name, size)) = mark(message) {
            let size = MessageAttributeValue::builder().data_type("Number").string_value(size);
            attributes.insert(name.to_owned(), size.build().map_err(unusable)?);
        }
        PublishBatchRequestEntry::builder()
            .id(index.to_string())
            .message(&message.body)
            .set_message_attributes(Some(attributes))
            .set_message_group_id(message.header.group.clone())
            .set_message_deduplication_id(self.is_ordered().then(|| deduplication_id(message)))
            .build()
            .map_err(unusable)
    }

    /// Sends what there is of so many messages.
    async fn request(&self, count: usize, messages: &Packed<'_>) -> Vec<Fate> {
        if messages.is_empty() {
            return fates(count, std::iter::empty());
        }
        let entries: Result<Vec<_>, _> = messages.iter().map(|(index, message)| self.entry(*index, message)).collect();
        let sent = match entries {
            Err(refusal) => Err(refusal),
            Ok(entries) => {
                let request = self.client.publish_batch().topic_arn(&self.arn);
                request.set_publish_batch_request_entries(Some(entries)).send().await.map_err(refused)
            }
        };
        let answer = match sent {
            Ok(answer) => answer,
            Err(refusal) => return vec![Err(refusal); count],
        };
        let accepted = answer
            .successful()
            .iter()
            .map(|entry| Answered::accepted(entry.id().unwrap_or_default(), entry.message_id().unwrap_or_default()));
        let failed = answer
            .failed()
            .iter()
            .map(|entry| Answered::refused(entry.id(), entry.code(), entry.message(), entry.sender_fault()));
        fates(count, accepted.chain(failed))
    }
}

impl Channel for Topic {
    fn name(&self) -> String {
        format!("topic {}", self.arn)
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
        async move {
            let (packed, refused) = pack(self.large.as_ref(), messages, self.bytes).await;
            let mut fates = self.request(messages.len(), &packed).await;
            for (index, refusal) in refused {
                fates[index] = Err(refusal);
            }
            fates
        }
        .boxed()
    }
}
