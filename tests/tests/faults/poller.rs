//! What an event source mapping does: it receives a batch, invokes, and deletes what the answer does not name.

use std::time::Duration;

use aqueduct::Consumer;
use aqueduct::aws::sqs::types::Message;
use serde_json::{Map, Value, json};

use crate::cloud::Cloud;

/// Takes batches from a queue when it is told to.
pub(crate) struct Poller<'a> {
    pub(crate) cloud: &'a Cloud,
    pub(crate) queue: &'static str,
}

/// Messages on their way to a function, by their subject.
pub(crate) struct Batch(Vec<Message>);

impl Batch {
    pub(crate) fn event(&self) -> String {
        json!({ "Records": self.0.iter().map(record).collect::<Vec<_>>() }).to_string()
    }

    pub(crate) fn receives(&self) -> Vec<u32> {
        let count = |message: &Message| {
            message
                .attributes()
                .unwrap()
                .iter()
                .find(|(name, _)| name.as_str() == "ApproximateReceiveCount")
                .unwrap()
                .1
                .parse()
        };
        self.0.iter().map(|message| count(message).unwrap()).collect()
    }
}

/// A record as Lambda writes it.
fn record(message: &Message) -> Value {
    let system = message.attributes().into_iter().flatten();
    let system: Map<_, _> = system.map(|(name, value)| (name.as_str().to_owned(), json!(value))).collect();
    let own = message.message_attributes().into_iter().flatten();
    let own: Map<_, _> = own
        .map(|(name, value)| {
            (name.clone(), json!({"dataType": value.data_type(), "stringValue": value.string_value()}))
        })
        .collect();
    json!({
        "messageId": message.message_id(), "receiptHandle": message.receipt_handle(), "body": message.body(),
        "attributes": system, "messageAttributes": own, "eventSource": "aws:sqs",
        "eventSourceARN": "", "awsRegion": "us-east-1",
    })
}

impl Poller<'_> {
    /// The next batch, in the order of the queue, or of what the messages say where it has none.
    pub(crate) async fn receive(&self) -> Batch {
        let mut messages = self.cloud.take(self.queue).await;
        if !self.cloud.resource(self.queue).ends_with(".fifo") {
            messages.sort_by_key(|message| message.body().map(str::to_owned));
        }
        Batch(messages)
    }

    /// The batch as an event of this queue.
    pub(crate) fn event(&self, batch: &Batch) -> String {
        let name = self.cloud.resource(self.queue).rsplit('/').next().unwrap();
        let arn = format!("arn:aws:sqs:us-east-1:000000000000:{name}");
        batch.event().replace(r#""eventSourceARN":"""#, &format!(r#""eventSourceARN":"{arn}""#))
    }

    /// Hands a batch to a consumer and carries its answer out; answers how many came back.
    pub(crate) async fn deliver(&self, consumer: &Consumer, batch: &Batch, time: Option<Duration>) -> usize {
        let Ok(response) = consumer.handle_event(&self.event(batch), time).await else { return batch.0.len() };
        let failed: Vec<_> = response.failed().collect();
        let sqs = self.cloud.sqs();
        for message in batch.0.iter().filter(|message| !failed.contains(&message.message_id().unwrap())) {
            let delete = sqs.delete_message().queue_url(self.cloud.resource(self.queue));
            delete.receipt_handle(message.receipt_handle().unwrap()).send().await.unwrap();
        }
        failed.len()
    }

    /// Lets the time pass for which the messages of a batch are hidden; those that are gone stay gone.
    pub(crate) async fn pass(&self, batch: &Batch) {
        let sqs = self.cloud.sqs();
        for message in &batch.0 {
            let change =
                sqs.change_message_visibility().queue_url(self.cloud.resource(self.queue)).visibility_timeout(0);
            let _ = change.receipt_handle(message.receipt_handle().unwrap()).send().await;
        }
    }

    /// Receives what there is and delivers it.
    pub(crate) async fn turn(&self, consumer: &Consumer) -> usize {
        let batch = self.receive().await;
        self.deliver(consumer, &batch, None).await
    }
}
