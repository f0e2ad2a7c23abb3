//! A topic to publish to.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_sns::Client;
use aws_sdk_sns::types::{MessageAttributeValue, PublishBatchRequestEntry};
use futures_util::future::{BoxFuture, FutureExt as _};

use super::batch::{Answered, deduplication_id, fates, pack, weigh_parcel};
use super::{reason, refused};
use crate::claim_check::{LargeBodies, Parcel};
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
    /// [`Later`](crate::publish::Later) is not stored.
    #[must_use]
    pub fn large_bodies(mut self, large: LargeBodies) -> Self {
        self.large = Some(large);
        self
    }

    fn entry(&self, index: usize, parcel: &Parcel<'_>) -> Result<PublishBatchRequestEntry, Refusal> {
        let message = parcel.message;
        let kind = MessageAttributeValue::builder().data_type("String").string_value(&message.header.kind);
        let unusable = |error| Refusal::last("Unusable", reason(error));
        let mut attributes = HashMap::from([("type".to_owned(), kind.build().map_err(unusable)?)]);
        if let Some((name, size)) = parcel.mark() {
            let size = MessageAttributeValue::builder().data_type("Number").string_value(size);
            attributes.insert(name.to_owned(), size.build().map_err(unusable)?);
        }
        PublishBatchRequestEntry::builder()
            .id(index.to_string())
            .message(parcel.body())
            .set_message_attributes(Some(attributes))
            .set_message_group_id(message.header.group.clone())
            .set_message_deduplication_id(self.is_ordered().then(|| deduplication_id(message)))
            .build()
            .map_err(unusable)
    }

    /// Sends what there is of so many messages, each parcel under its message's place.
    async fn request(&self, count: usize, parcels: &[(usize, Parcel<'_>)]) -> Vec<Fate> {
        if parcels.is_empty() {
            return fates(count, std::iter::empty());
        }
        let entries: Result<Vec<_>, _> = parcels.iter().map(|(index, parcel)| self.entry(*index, parcel)).collect();
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
        weigh_parcel(self.large.as_ref(), message, self.bytes)
    }

    fn send<'a>(&'a self, messages: &'a [&'a Outgoing]) -> BoxFuture<'a, Vec<Fate>> {
        async move {
            let (parcels, refused) = pack(self.large.as_ref(), messages, self.bytes).await;
            let mut fates = self.request(messages.len(), &parcels).await;
            for (index, refusal) in refused {
                fates[index] = Err(refusal);
            }
            fates
        }
        .boxed()
    }
}
