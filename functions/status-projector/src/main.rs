//! The Lambda function `status-projector`.

use std::sync::Arc;
use std::time::Duration;

use aqueduct::aws::{self, DynamoDbStatuses};
use aqueduct::consume::Needs;
use aqueduct::lambda::{self, setting};
use aqueduct::{Consumer, Tick, Trigger};
use orders::OrderDispatched;
use status_projector::Projector;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::init_logging();
    let config = aws::load_config().await;
    let statuses = DynamoDbStatuses::new(aws::dynamodb::Client::new(&config), setting("STATUS_TABLE")?);
    let statuses = Arc::new(statuses);
    let projector = Projector { statuses: statuses.clone() };
    let needs = Needs::new("Projects the last steps of an order and marks stalled ones.")
        .idempotent()
        .outage_tolerance(Duration::from_mins(3))
        .p99(Duration::from_secs(2))
        .payload_max(8 * 1024);
    let consumer = Consumer::new::<OrderDispatched>(projector).on::<Tick>(status_projector::sweep(statuses));
    lambda::run(consumer.triggers([Trigger::EventBridge]).needs(needs)).await
}
