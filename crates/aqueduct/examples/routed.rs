//! Two types of events behind an EventBridge rule that leads to a queue. What else the rule lets through is skipped, and counted.
use aqueduct::consume::{Layout, Unknown};
use aqueduct::{Consumer, Failure, Message, Payload, Trigger, lambda};

#[derive(serde::Serialize, serde::Deserialize, Payload)]
struct Shipped(String);

#[derive(serde::Serialize, serde::Deserialize, Payload)]
struct Returned(String);

async fn shipped(order: Message<Shipped>) -> Result<(), Failure> {
    tracing::info!(order = order.data.0, "left the house");
    Ok(())
}

async fn returned(order: Message<Returned>) -> Result<(), Failure> {
    tracing::info!(order = order.data.0, "came back");
    Ok(())
}

pub(crate) fn consumer() -> Consumer {
    let consumer = Consumer::new(shipped).on(returned).unknown(Unknown::Skip);
    consumer.triggers([Trigger::Sqs]).layouts([Layout::event_bridge()])
}

#[tokio::main(flavor = "local")]
async fn main() -> Result<(), lambda::Error> {
    lambda::run(consumer()).await
}
