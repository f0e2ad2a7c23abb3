//! A queue to publish to.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry};
use futures_util::future::{BoxFuture, FutureExt as _};

use super::batch::{Answered, deduplication_id, fates, weigh};
use super::{reason, refused};
use crate::publish::{Channel, Fate, Limits, Outgoing, Refusal};

/// An SQS queue to publish to: CloudEvents JSON as the body, the message type as the attribute `type`, the message's
/// group as its message group, and on a FIFO queue its key as the deduplication id.
#[derive(Clone, Debug)]
pub struct Queue {
    client: Client,
    url: String,
}

/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>
const BYTES_MAX: usize = 1024 * 1024;

/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
const DELAY_MAX: Duration = Duration::from_mins(15);

impl Queue {
    /// The queue with this URL.
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        Self { client, url: url.into() }
    }

    fn entry(&self, index: usize, message: &Outgoing) -> Result<SendMessageBatchRequestEntry, Refusal> {
        let kind = MessageAttributeValue::builder().data_type("String").string_value(&message.header.kind);
        let unusable = |error| Refusal::last("Unusable", reason(error));
        let delay = message.delay.map(|delay| i32::try_from(delay.as_secs()).unwrap_or(i32::MAX));
        SendMessageBatchRequestEntry::builder()
            .id(index.to_string())
            .message_body(&message.body)
            .message_attributes("type", kind.build().map_err(unusable)?)
            .set_message_group_id(message.header.group.clone())
            .set_message_deduplication_id(self.is_ordered().then(|| deduplication_id(message)))
            .set_delay_seconds(delay)
            .build()
            .map_err(unusable)
    }
}

impl Channel for Queue {
    fn name(&self) -> String {
        format!("queue {}", self.url)
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
        weigh(message)
    }

    fn send<'a>(&'a self, messages: &'a [&'a Outgoing]) -> BoxFuture<'a, Vec<Fate>> {
        async move {
            let entries: Result<Vec<_>, _> =
                messages.iter().enumerate().map(|(index, message)| self.entry(index, message)).collect();
            let sent = match entries {
                Err(refusal) => Err(refusal),
                Ok(entries) => {
                    let request = self.client.send_message_batch().queue_url(&self.url).set_entries(Some(entries));
                    request.send().await.map_err(refused)
                }
            };
            let answer = match sent {
                Ok(answer) => answer,
                Err(refusal) => return vec![Err(refusal); messages.len()],
            };
            let accepted = answer.successful().iter().map(|entry| Answered::accepted(entry.id(), entry.message_id()));
            let failed = answer
                .failed()
                .iter()
                .map(|entry| Answered::refused(entry.id(), entry.code(), entry.message(), entry.sender_fault()));
            fates(messages.len(), accepted.chain(failed))
        }
        .boxed()
    }
}
