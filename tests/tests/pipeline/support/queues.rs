//! Looking into queues, and sending to them.

use aqueduct::aws::sqs::types::QueueAttributeName::{
    ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible, Policy, QueueArn, VisibilityTimeout,
};
use aqueduct::aws::sqs::types::{Message, QueueAttributeName};
use serde_json::{Value, json};

use super::{Stack, eventually};

/// A queue that a test made for itself.
pub(crate) struct OwnQueue {
    pub(crate) arn: String,
    url: String,
    sqs: aqueduct::aws::sqs::Client,
}

impl OwnQueue {
    /// Waits for the next message.
    pub(crate) async fn next(&self) -> Message {
        eventually(&format!("a message in {}", self.url), async || {
            let receive = self.sqs.receive_message().queue_url(&self.url).wait_time_seconds(1);
            receive.send().await.unwrap().messages?.pop()
        })
        .await
    }
}

impl Stack {
    pub(crate) async fn send(&self, queue: &str, body: &Value) {
        let request = self.sqs().await.send_message().queue_url(self.resource(queue)).message_body(body.to_string());
        request.send().await.unwrap();
    }

    pub(crate) async fn send_to_group(&self, queue: &str, group: &str, deduplication_id: &str, body: &Value) {
        let request = self.sqs().await.send_message().queue_url(self.resource(queue)).message_body(body.to_string());
        request
            .message_group_id(group)
            .message_deduplication_id(deduplication_id.replace('/', "-"))
            .send()
            .await
            .unwrap();
    }

    /// Waits for a message whose body speaks of `what`, and takes it; others stay.
    pub(crate) async fn find(&self, queue: &str, what: &str) -> Message {
        let sqs = self.sqs().await;
        let url = self.resource(queue);
        eventually(&format!("{what} in {queue}"), async || {
            let receive =
                sqs.receive_message().queue_url(url).message_attribute_names("All").max_number_of_messages(10);
            let messages = receive.visibility_timeout(2).wait_time_seconds(1).send().await.unwrap().messages?;
            let found = messages.into_iter().find(|message| message.body().is_some_and(|body| body.contains(what)))?;
            sqs.delete_message().queue_url(url).receipt_handle(found.receipt_handle()?).send().await.unwrap();
            Some(found)
        })
        .await
    }

    async fn attribute(&self, queue: &str, name: QueueAttributeName) -> String {
        let request = self.sqs().await.get_queue_attributes().queue_url(self.resource(queue));
        let answer = request.attribute_names(name.clone()).send().await.unwrap();
        answer.attributes.unwrap().remove(&name).unwrap()
    }

    pub(crate) async fn queue_arn(&self, queue: &str) -> String {
        self.attribute(queue, QueueArn).await
    }

    /// How many messages a queue holds: visible and in flight.
    pub(crate) async fn count(&self, queue: &str) -> u32 {
        let mut count = 0;
        for name in [ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible] {
            count += self.attribute(queue, name).await.parse::<u32>().unwrap();
        }
        count
    }

    /// Shortens the visibility timeout of a queue, so that a test need not wait for a minute.
    pub(crate) async fn set_visibility(&self, queue: &str, seconds: u32) {
        let request = self.sqs().await.set_queue_attributes().queue_url(self.resource(queue));
        request.attributes(VisibilityTimeout, seconds.to_string()).send().await.unwrap();
    }

    /// Makes a queue to which EventBridge may send.
    pub(crate) async fn queue_for_events(&self, name: &str) -> OwnQueue {
        let sqs = self.sqs().await;
        let url = sqs.create_queue().queue_name(name).send().await.unwrap().queue_url.unwrap();
        let request = sqs.get_queue_attributes().queue_url(&url).attribute_names(QueueArn);
        let arn = request.send().await.unwrap().attributes.unwrap().remove(&QueueArn).unwrap();
        let statement = json!({"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sqs:SendMessage", "Resource": arn});
        let policy = json!({"Version": "2012-10-17", "Statement": [statement]}).to_string();
        sqs.set_queue_attributes().queue_url(&url).attributes(Policy, policy).send().await.unwrap();
        OwnQueue { arn, url, sqs }
    }
}
