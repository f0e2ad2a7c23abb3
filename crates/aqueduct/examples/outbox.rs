//! Publishes what other functions wrote into their outbox, behind the table's stream and a schedule.
//! They write it in the transaction of the change: `outbox.write("events", &events.prepare(&draft)?)`.

use std::sync::Arc;

use aqueduct::aws::Environment;
use aqueduct::publish::{Entry, OutboxStore, Relay};
use aqueduct::{Change, Consumer, Publisher, Tick, lambda};

pub(crate) fn consumer(outbox: impl OutboxStore + 'static, events: Publisher) -> Consumer {
    let relay = Arc::new(Relay::new(outbox).to("events", events));
    Consumer::new::<Change<Entry>>(Arc::clone(&relay)).on::<Tick>(relay)
}

#[tokio::main(flavor = "local")]
async fn main() -> Result<(), lambda::Error> {
    let aws = Environment::load().await;
    let events = Publisher::new("orders", aws.topic("EVENTS_TOPIC_ARN")?);
    lambda::run(consumer(aws.outbox("OUTBOX_TABLE")?, events)).await
}
