//! Publishes what other functions wrote into their outbox, behind the table's stream and a schedule.
//! They write it in the transaction of the change: `outbox.write("events", &events.prepare(&draft)?)`.

use std::sync::Arc;

use aqueduct::aws::{self, DynamoDbOutbox, Topic};
use aqueduct::lambda::{self, setting};
use aqueduct::publish::{Entry, Relay};
use aqueduct::{Change, Consumer, Publisher, Tick};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    let config = aws::load_config().await;
    let outbox = DynamoDbOutbox::new(aws::dynamodb::Client::new(&config), setting("OUTBOX_TABLE")?);
    let topic = Topic::new(aws::sns::Client::new(&config), setting("EVENTS_TOPIC_ARN")?);
    let relay = Arc::new(Relay::new(outbox).to("events", Publisher::new("orders", topic)));
    lambda::run(Consumer::new::<Change<Entry>>(Arc::clone(&relay)).on::<Tick>(relay)).await
}
