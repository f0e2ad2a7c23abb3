//! Holding messages back and taking them out of the way, on SQS.

use std::time::Duration;

use aqueduct_message::{Delivery, Header};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::MessageAttributeValue;
use futures_util::future::{BoxFuture, FutureExt as _};

use super::reason;
use crate::consume::{Redelivery, RedeliveryError};

/// [`Redelivery`] on SQS: `ChangeMessageVisibility` on the source queue, `SendMessage` to the dead-letter queue.
///
/// The function's role needs `sqs:ChangeMessageVisibility` on the source and `sqs:SendMessage` on the dead-letter queue.
#[derive(Clone, Debug)]
pub struct SqsRedelivery {
    client: Client,
    dead_letter_queue: String,
}

/// SQS refuses longer attribute values only by the message's size; this keeps reasons readable.
const REASON_CHARS_MAX: usize = 1024;

impl SqsRedelivery {
    /// Rejected messages go to the queue with the URL `dead_letter_queue`.
    pub fn new(client: Client, dead_letter_queue: impl Into<String>) -> Self {
        Self { client, dead_letter_queue: dead_letter_queue.into() }
    }
}

/// The URL of the queue that a delivery came from.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html>
fn source_url(delivery: &Delivery) -> Option<String> {
    let mut parts = delivery.source_arn.as_deref()?.splitn(6, ':').skip(3);
    let (region, account, name) = (parts.next()?, parts.next()?, parts.next()?);
    Some(format!("https://sqs.{region}.amazonaws.com/{account}/{name}"))
}

fn text(value: &str) -> Result<MessageAttributeValue, RedeliveryError> {
    let value: String = value.chars().take(REASON_CHARS_MAX).collect();
    let value = if value.is_empty() { "unknown".to_owned() } else { value };
    MessageAttributeValue::builder().data_type("String").string_value(value).build().map_err(|error| RedeliveryError {
        what: "the reason could not be stamped on the message",
        reason: error.to_string(),
    })
}

impl Redelivery for SqsRedelivery {
    fn hold<'a>(&'a self, delivery: &'a Delivery, wait: Duration) -> BoxFuture<'a, Result<(), RedeliveryError>> {
        const WHAT: &str = "the message could not be held back";
        async move {
            let (Some(url), Some(receipt_handle)) = (source_url(delivery), &delivery.receipt_handle) else {
                return Err(RedeliveryError { what: WHAT, reason: "it did not come from a queue".to_owned() });
            };
            let seconds = i32::try_from(wait.as_secs().max(1)).unwrap_or(i32::MAX);
            let request = self.client.change_message_visibility().queue_url(url).receipt_handle(receipt_handle);
            let sent = request.visibility_timeout(seconds).send().await;
            sent.map(|_| ()).map_err(|error| RedeliveryError { what: WHAT, reason: reason(error) })
        }
        .boxed()
    }

    fn reject<'a>(
        &'a self,
        delivery: &'a Delivery,
        header: Option<&'a Header>,
        why: &'a str,
    ) -> BoxFuture<'a, Result<(), RedeliveryError>> {
        async move {
            let mut request = self
                .client
                .send_message()
                .queue_url(&self.dead_letter_queue)
                .message_body(&delivery.body)
                .set_message_group_id(delivery.group.clone())
                .message_attributes("rejected.reason", text(why)?)
                .message_attributes("rejected.message", text(&delivery.id)?)
                .message_attributes("rejected.attempts", text(&delivery.receive_count.to_string())?);
            if let Some(source) = &delivery.source_arn {
                request = request.message_attributes("rejected.from", text(source)?);
            }
            if let Some(header) = header {
                request = request.message_attributes("type", text(&header.kind)?);
            }
            if self.dead_letter_queue.ends_with(".fifo") {
                request = request.message_deduplication_id(&delivery.id);
            }
            let sent = request.send().await;
            sent.map(|_| ()).map_err(|error| RedeliveryError {
                what: "the message could not be sent to its dead-letter queue",
                reason: reason(error),
            })
        }
        .boxed()
    }
}
