//! Sends batches of ten orders to a queue, by the SDK alone, by the SDK in an envelope that is written already but for the
//! order, or by a publisher, as often as it is told.

use anyhow::Context as _;
use aqueduct::Publisher;
use aqueduct::aws::sqs::Client;
use aqueduct::aws::sqs::types::{MessageAttributeValue, SendMessageBatchRequestEntry};
use aqueduct::aws::{Queue, load_config};
use aqueduct_bench_records::batch;
use aqueduct_bench_records::order::Order;

const URL: &str = "http://127.0.0.1/000000000000/orders";

/// What SQS takes at once.
const MESSAGES: usize = 10;

/// The order as a body by itself.
fn bare(order: &Order) -> anyhow::Result<String> {
    Ok(serde_json::to_string(order)?)
}

/// As many bytes as the publisher sends.
fn enveloped(order: &Order) -> anyhow::Result<String> {
    const HEAD: &str = "{\"specversion\":\"1.0\",\"id\":\"019ad4c2-6f00-7b2e-9c41-5d0e7f1a2b3c\",\"type\":\"Order\",\
        \"source\":\"orders\",\"time\":\"2026-11-30T07:36:22.123Z\",\
        \"traceparent\":\"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\",\
        \"data\":";
    let mut body = String::with_capacity(HEAD.len() + 1_024);
    body.push_str(HEAD);
    body.push_str(&serde_json::to_string(order)?);
    body.push('}');
    Ok(body)
}

async fn send(
    client: &Client,
    orders: Vec<Order>,
    body: impl Fn(&Order) -> anyhow::Result<String>,
) -> anyhow::Result<()> {
    let mut entries = Vec::new();
    for (index, order) in orders.iter().enumerate() {
        let kind = MessageAttributeValue::builder().data_type("String").string_value("Order").build()?;
        let entry = SendMessageBatchRequestEntry::builder()
            .id(index.to_string())
            .message_body(body(order)?)
            .message_attributes("type", kind)
            .build()?;
        entries.push(entry);
    }
    let answer = client.send_message_batch().queue_url(URL).set_entries(Some(entries)).send().await?;
    anyhow::ensure!(answer.successful().len() == orders.len(), "{:?}", answer.failed());
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let variant = arguments.next().context("bare, enveloped or publisher?")?;
    let times: usize = arguments.next().context("how often?")?.parse()?;
    let client = Client::new(&load_config().await);
    let publisher = Publisher::new("orders", Queue::new(client.clone(), URL));
    let body = batch::order(0, 1_000);
    for _ in 0..times {
        let orders = (0..MESSAGES).map(|_| serde_json::from_str(&body)).collect::<Result<Vec<Order>, _>>()?;
        match variant.as_str() {
            "publisher" => drop(publisher.publish_all(orders.into_iter().map(Into::into)).await?),
            "enveloped" => send(&client, orders, enveloped).await?,
            _ => send(&client, orders, bare).await?,
        }
    }
    Ok(())
}
