//! What a record costs: the consumer beside the loop that one would write by hand. `README.md` says how to measure.

#![expect(clippy::unwrap_used, reason = "a measurement that cannot go on ends")]

use std::collections::HashMap;

use aqueduct::{Consumer, Failure, Message, Payload};
use serde::{Deserialize, Serialize};
use serde_json::json;

#[derive(Serialize, Deserialize)]
struct Order {
    id: String,
    customer: String,
    items: Vec<Line>,
    total_cents: i64,
}

#[derive(Serialize, Deserialize)]
struct Line {
    sku: String,
    name: String,
    quantity: u32,
    price_cents: i64,
}

impl Payload for Order {
    const TYPE: &'static str = "Order";
}

fn check(order: &Order) -> bool {
    order.total_cents >= 0 && order.items.iter().all(|line| line.quantity > 0)
}

async fn handle(message: Message<Order>) -> Result<(), Failure> {
    if check(&message.data) { Ok(()) } else { Err(Failure::retry("not now")) }
}

/// A batch as SQS sends it, with orders of about `bytes` bytes, one in a hundred of which fails.
fn event(records: usize, bytes: usize) -> String {
    let record = |n: usize| {
        let items: Vec<_> = (0..bytes / 110)
            .map(|line| {
                json!({"sku": format!("carafe-{line}l"), "name": "A carafe of \"clear\" glass, made by hand",
                "quantity": 1, "price_cents": 3_400})
            })
            .collect();
        let total = if n % 100 == 99 { -1 } else { 3_400 };
        let order =
            json!({"id": format!("ord_{n}"), "customer": "ada@example.com", "items": items, "total_cents": total});
        json!({
            "messageId": format!("{n:08}-1111-4222-8333-444444444444"),
            "receiptHandle": "AQEBwJnKyrHigUMZj6rYigCgxlaS3SLy0a".repeat(6),
            "body": order.to_string(),
            "attributes": {"ApproximateReceiveCount": "1", "SentTimestamp": "1545082649183", "SenderId": "AIDAIENQZJOLO23YVJ4VO",
                "ApproximateFirstReceiveTimestamp": "1545082649185"},
            "messageAttributes": {},
            "md5OfBody": "e4e68fb7bd0e697a0ae8f1bb342846b3",
            "eventSource": "aws:sqs",
            "eventSourceARN": "arn:aws:sqs:us-east-2:123456789012:my-queue",
            "awsRegion": "us-east-2",
        })
    };
    json!({"Records": (0..records).map(record).collect::<Vec<_>>()}).to_string()
}

/// The event as `aws_lambda_events` has it: everything owned, most of it optional.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SqsEvent {
    records: Vec<SqsMessage>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "a handler of one's own reads them into this, used or not")]
struct SqsMessage {
    message_id: Option<String>,
    receipt_handle: Option<String>,
    body: Option<String>,
    md5_of_body: Option<String>,
    #[serde(default)]
    attributes: HashMap<String, String>,
    #[serde(default)]
    message_attributes: HashMap<String, serde_json::Value>,
    #[serde(rename = "eventSourceARN")]
    event_source_arn: Option<String>,
    event_source: Option<String>,
    aws_region: Option<String>,
}

/// The loop that one would write, without what `lambda_runtime` adds to the reading.
fn by_hand(event: &str) -> String {
    let event: SqsEvent = serde_json::from_str(event).unwrap();
    let mut failures = Vec::new();
    for record in event.records {
        let order = record.body.as_deref().and_then(|body| serde_json::from_str::<Order>(body).ok());
        if !order.is_some_and(|order| check(&order)) {
            failures.push(json!({"itemIdentifier": record.message_id}));
        }
    }
    json!({"batchItemFailures": failures}).to_string()
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let [variant, records, bytes, invocations] = &arguments[..] else { return };
    let event = event(records.parse().unwrap(), bytes.parse().unwrap());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let consumer = Consumer::new(handle);
    for _ in 0..invocations.parse().unwrap() {
        let answer = if variant == "by-hand" {
            by_hand(&event)
        } else {
            let response = runtime.block_on(consumer.handle_event(&event, Some(std::time::Duration::from_secs(30))));
            serde_json::to_string(&response.unwrap()).unwrap()
        };
        std::hint::black_box(answer);
    }
}
