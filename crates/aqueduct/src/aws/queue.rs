//! A queue to publish to.

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry};
use futures_util::future::{BoxFuture, FutureExt as _};

use super::reason;
use crate::publish::{Ack, Channel, Outgoing};

/// An SQS queue to publish to: CloudEvents JSON as the body, the message type as the attribute `type`, the message's
/// group as its message group, and on a FIFO queue its key as the deduplication id.
#[derive(Clone, Debug)]
pub struct Queue {
    client: Client,
    url: String,
}

impl Queue {
    /// The queue with this URL.
    pub fn new(client: Client, url: impl Into<String>) -> Self {
        Self { client, url: url.into() }
    }

    fn entry(&self, index: usize, message: &Outgoing) -> Result<SendMessageBatchRequestEntry, String> {
        let kind = MessageAttributeValue::builder().data_type("String").string_value(&message.header.kind);
        let fifo = self.url.ends_with(".fifo");
        SendMessageBatchRequestEntry::builder()
            .id(index.to_string())
            .message_body(&message.body)
            .message_attributes("type", kind.build().map_err(reason)?)
            .set_message_group_id(message.header.group.clone())
            .set_message_deduplication_id(fifo.then(|| deduplication_id(message)))
            .build()
            .map_err(reason)
    }
}

/// The message's key within its type, in at most the 128 characters that SQS allows; a longer one by its own hash.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
fn deduplication_id(message: &Outgoing) -> String {
    let id = format!("{}/{}", message.header.kind, message.header.idempotency_key());
    let allowed = |character: char| character.is_ascii_alphanumeric() || character.is_ascii_punctuation();
    if id.len() <= 128 && id.chars().all(allowed) {
        id
    } else {
        uuid::Uuid::new_v5(&uuid::Uuid::NAMESPACE_URL, id.as_bytes()).to_string()
    }
}

impl Channel for Queue {
    fn name(&self) -> String {
        format!("queue {}", self.url)
    }

    fn send<'a>(&'a self, messages: &'a [Outgoing]) -> BoxFuture<'a, Vec<Result<Ack, String>>> {
        async move {
            let entries: Result<Vec<_>, _> =
                messages.iter().enumerate().map(|(index, message)| self.entry(index, message)).collect();
            let sent = match entries {
                Err(reason) => Err(reason),
                Ok(entries) => {
                    let request = self.client.send_message_batch().queue_url(&self.url).set_entries(Some(entries));
                    request.send().await.map_err(reason)
                }
            };
            let answer = match sent {
                Ok(answer) => answer,
                Err(reason) => return vec![Err(reason); messages.len()],
            };
            let mut fates = vec![Err("the queue did not say what became of it".to_owned()); messages.len()];
            for entry in answer.successful() {
                super::set(&mut fates, entry.id(), Ok(Ack(entry.message_id().to_owned())));
            }
            for entry in answer.failed() {
                super::set(
                    &mut fates,
                    entry.id(),
                    Err(format!("{}: {}", entry.code(), entry.message().unwrap_or_default())),
                );
            }
            fates
        }
        .boxed()
    }
}
