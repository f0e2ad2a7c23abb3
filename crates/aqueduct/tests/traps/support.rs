//! A handler that does what its message says, events of every trigger, and a queue that writes down what it is asked.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aqueduct::consume::{Hold, Redelivery, RedeliveryError, Rejection};
use aqueduct::{Consumer, Delivery, Failure, Message, Payload};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use futures_util::future::{BoxFuture, FutureExt as _, ready};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Serialize, Deserialize)]
pub(crate) struct Work {
    pub(crate) does: String,
}

impl Payload for Work {
    const TYPE: &'static str = "Work";
}

/// Does what its message says.
pub(crate) async fn work(message: Message<Work>) -> Result<(), Failure> {
    match message.data.does.as_str() {
        "nothing" => Ok(()),
        "fail" => Err(Failure::retry("not now").after(Duration::from_secs(7))),
        "fail-soon" => Err(Failure::retry("not now")),
        "refuse" => Err(Failure::reject("never")),
        "postpone" => Err(Failure::postpone(Duration::from_secs(30), "closed")),
        "hang" => std::future::pending().await,
        other => panic!("{other}"),
    }
}

pub(crate) fn body(does: &str) -> String {
    json!({"specversion": "1.0", "id": "m", "type": "Work", "source": "test", "data": {"does": does}}).to_string()
}

/// An SQS record; every record of a batch has its own id.
pub(crate) fn record(queue: &str, id: &str, group: &str, body: &str) -> Value {
    json!({
        "messageId": id, "receiptHandle": format!("handle-{id}"), "body": body, "eventSource": "aws:sqs",
        "eventSourceARN": format!("arn:aws:sqs:eu-central-1:000000000000:{queue}"),
        "attributes": {"ApproximateReceiveCount": "1", "MessageGroupId": group},
    })
}

/// An SQS event of records given as (message id, group, what the handler does).
pub(crate) fn sqs(queue: &str, records: &[(&str, &str, &str)]) -> String {
    let records: Vec<_> = records.iter().map(|(id, group, does)| record(queue, id, group, &body(does))).collect();
    json!({ "Records": records }).to_string()
}

pub(crate) fn kinesis(records: &[(&str, &str)]) -> String {
    let record = |(id, does): &(&str, &str)| {
        json!({"eventSource": "aws:kinesis",
            "kinesis": {"sequenceNumber": id, "partitionKey": "p", "data": STANDARD.encode(body(does))}})
    };
    json!({ "Records": records.iter().map(record).collect::<Vec<_>>() }).to_string()
}

/// Records of a table's stream; the handler takes a [`Change`](aqueduct::Change) of [`Work`].
pub(crate) fn table(records: &[(&str, &str)]) -> String {
    let record = |(id, does): &(&str, &str)| {
        json!({"eventSource": "aws:dynamodb", "eventName": "INSERT", "dynamodb": {
            "SequenceNumber": id, "Keys": {}, "NewImage": {"does": {"S": does}}}})
    };
    json!({ "Records": records.iter().map(record).collect::<Vec<_>>() }).to_string()
}

/// Kafka records given as (partition, offset, what the handler does).
pub(crate) fn kafka(records: &[(u32, i64, &str)]) -> String {
    let mut partitions = serde_json::Map::new();
    for (partition, offset, does) in records {
        let record = json!({"topic": "work", "partition": partition, "offset": offset,
            "value": STANDARD.encode(body(does))});
        let of = partitions.entry(format!("work-{partition}")).or_insert_with(|| json!([]));
        of.as_array_mut().unwrap().push(record);
    }
    json!({"eventSource": "aws:kafka", "records": partitions}).to_string()
}

pub(crate) fn sns(does: &str) -> Value {
    json!({"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": {
        "MessageId": "m-1", "TopicArn": "arn:aws:sns:eu-central-1:000000000000:Events", "Message": body(does)}}]})
}

pub(crate) fn bus(does: &str) -> Value {
    json!({"version": "0", "id": "m-1", "detail-type": "Work", "source": "shop", "time": "2026-11-22T10:00:00Z",
        "resources": [], "detail": {"does": does}})
}

pub(crate) fn destination(does: &str) -> Value {
    json!({"version": "1.0", "requestContext": {"requestId": "r", "functionArn": "f", "condition": "RetriesExhausted"},
        "requestPayload": sns(does), "responsePayload": null})
}

/// The ids of the records that the answer brings back.
pub(crate) async fn failed(consumer: &Consumer, event: &str) -> Vec<String> {
    let response = consumer.handle_event(event, None).await.unwrap();
    response.failed().map(str::to_owned).collect()
}

/// A queue that writes down what it is asked, and gives a message up after so many receives.
#[derive(Clone, Debug, Default)]
pub(crate) struct Desk {
    lines: Arc<Mutex<Vec<String>>>,
    receives_max: Option<u32>,
}

impl Desk {
    pub(crate) fn giving_up_after(receives: u32) -> Self {
        Self { receives_max: Some(receives), ..Self::default() }
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.lines.lock().unwrap().clone()
    }

    fn note(&self, line: String) {
        self.lines.lock().unwrap().push(line);
    }
}

impl Redelivery for Desk {
    fn hold<'a>(&'a self, holds: &'a [Hold<'a>]) -> BoxFuture<'a, Vec<Result<(), RedeliveryError>>> {
        for hold in holds {
            self.note(format!("hold {} for {:?}", hold.delivery.id, hold.wait));
        }
        ready(vec![Ok(()); holds.len()]).boxed()
    }

    fn reject<'a>(&'a self, rejection: &'a Rejection<'a>) -> BoxFuture<'a, Result<(), RedeliveryError>> {
        let Rejection { delivery, reason, .. } = rejection;
        self.note(format!("reject {} as {}: {}", delivery.id, reason.kind, reason.message));
        ready(Ok(())).boxed()
    }

    fn put_back<'a>(
        &'a self,
        delivery: &'a Delivery<'a>,
        after: Duration,
    ) -> BoxFuture<'a, Result<(), RedeliveryError>> {
        self.note(format!("put back {} for {after:?}", delivery.id));
        ready(Ok(())).boxed()
    }

    fn receives_max<'a>(&'a self, _: &'a Delivery<'a>) -> BoxFuture<'a, Option<u32>> {
        ready(self.receives_max).boxed()
    }
}
