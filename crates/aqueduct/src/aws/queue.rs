//! A queue to publish to.

use std::collections::HashMap;
use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry};
use futures_util::future::{BoxFuture, FutureExt as _};

use super::batch::{Answered, deduplication_id, fates, pack, weigh_parcel};
use super::{reason, refused};
use crate::claim_check::{LargeBodies, Parcel};
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
    /// [`Later`](crate::publish::Later) is not stored.
    #[must_use]
    pub fn large_bodies(mut self, large: LargeBodies) -> Self {
        self.large = Some(large);
        self
    }

    fn entry(&self, index: usize, parcel: &Parcel<'_>) -> Result<SendMessageBatchRequestEntry, Refusal> {
        let message = parcel.message;
        let kind = MessageAttributeValue::builder().data_type("String").string_value(&message.header.kind);
        let unusable = |error| Refusal::last("Unusable", reason(error));
        let mut attributes = HashMap::from([("type".to_owned(), kind.build().map_err(unusable)?)]);
        if let Some((name, size)) = parcel.mark() {
            let size = MessageAttributeValue::builder().data_type("Number").string_value(size);
            attributes.insert(name.to_owned(), size.build().map_err(unusable)?);
        }
        let delay = message.delay.map(|delay| i32::try_from(delay.as_secs()).unwrap_or(i32::MAX));
        SendMessageBatchRequestEntry::builder()
            .id(index.to_string())
            .message_body(parcel.body())
            .set_message_attributes(Some(attributes))
            .set_message_group_id(message.header.group.clone())
            .set_message_deduplication_id(self.is_ordered().then(|| deduplication_id(message)))
            .set_delay_seconds(delay)
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
                let request = self.client.send_message_batch().queue_url(&self.url).set_entries(Some(entries));
                request.send().await.map_err(refused)
            }
        };
        let answer = match sent {
            Ok(answer) => answer,
            Err(refusal) => return vec![Err(refusal); count],
        };
        let accepted = answer.successful().iter().map(|entry| Answered::accepted(entry.id(), entry.message_id()));
        let failed = answer
            .failed()
            .iter()
            .map(|entry| Answered::refused(entry.id(), entry.code(), entry.message(), entry.sender_fault()));
        fates(count, accepted.chain(failed))
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
        weigh_parcel(self.large.as_ref(), message, BYTES_MAX)
    }

    fn send<'a>(&'a self, messages: &'a [&'a Outgoing]) -> BoxFuture<'a, Vec<Fate>> {
        async move {
            let (parcels, refused) = pack(self.large.as_ref(), messages, BYTES_MAX).await;
            let mut fates = self.request(messages.len(), &parcels).await;
            for (index, refusal) in refused {
                fates[index] = Err(refusal);
            }
            fates
        }
        .boxed()
    }
}
