//! A topic to publish to.

use aws_sdk_sns::Client;
use aws_sdk_sns::types::{MessageAttributeValue, PublishBatchRequestEntry};
use futures_util::future::{BoxFuture, FutureExt as _};

use super::reason;
use crate::publish::{Ack, Channel, Outgoing};

/// An SNS topic to publish to: CloudEvents JSON as the message, the message type as the attribute `type`, which filter
/// policies read.
#[derive(Clone, Debug)]
pub struct Topic {
    client: Client,
    arn: String,
}

impl Topic {
    /// The topic with this ARN.
    pub fn new(client: Client, arn: impl Into<String>) -> Self {
        Self { client, arn: arn.into() }
    }
}

fn entry(index: usize, message: &Outgoing) -> Result<PublishBatchRequestEntry, String> {
    let kind = MessageAttributeValue::builder().data_type("String").string_value(&message.header.kind);
    PublishBatchRequestEntry::builder()
        .id(index.to_string())
        .message(&message.body)
        .message_attributes("type", kind.build().map_err(reason)?)
        .set_message_group_id(message.header.group.clone())
        .build()
        .map_err(reason)
}

impl Channel for Topic {
    fn name(&self) -> String {
        format!("topic {}", self.arn)
    }

    fn send<'a>(&'a self, messages: &'a [Outgoing]) -> BoxFuture<'a, Vec<Result<Ack, String>>> {
        async move {
            let entries: Result<Vec<_>, _> =
                messages.iter().enumerate().map(|(index, message)| entry(index, message)).collect();
            let sent = match entries {
                Err(reason) => Err(reason),
                Ok(entries) => {
                    let request = self
                        .client
                        .publish_batch()
                        .topic_arn(&self.arn)
                        .set_publish_batch_request_entries(Some(entries));
                    request.send().await.map_err(reason)
                }
            };
            let answer = match sent {
                Ok(answer) => answer,
                Err(reason) => return vec![Err(reason); messages.len()],
            };
            let mut fates = vec![Err("the topic did not say what became of it".to_owned()); messages.len()];
            for entry in answer.successful() {
                let ack = Ack(entry.message_id().unwrap_or_default().to_owned());
                super::set(&mut fates, entry.id().unwrap_or_default(), Ok(ack));
            }
            for entry in answer.failed() {
                let refusal = format!("{}: {}", entry.code(), entry.message().unwrap_or_default());
                super::set(&mut fates, entry.id(), Err(refusal));
            }
            fates
        }
        .boxed()
    }
}
