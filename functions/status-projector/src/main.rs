//! The Lambda function `status-projector`.

use std::sync::Arc;
use std::time::Duration;

use aqueduct::aws::Environment;
use aqueduct::consume::Needs;
use aqueduct::{Consumer, Tick, Trigger, lambda};
use orders::OrderDispatched;
use status_projector::Projector;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    let statuses = Arc::new(Environment::load().await.statuses("STATUS_TABLE")?);
    let projector = Projector { statuses: statuses.clone() };
    let needs = Needs::new("Projects the last steps of an order and marks stalled ones.")
        .idempotent()
        .outage_tolerance(Duration::from_mins(3))
        .p99(Duration::from_secs(2))
        .payload_max(8 * 1024);
    let consumer = Consumer::new::<OrderDispatched>(projector).on::<Tick>(status_projector::sweep(statuses));
    lambda::run(consumer.triggers([Trigger::EventBridge]).needs(needs)).await
}
