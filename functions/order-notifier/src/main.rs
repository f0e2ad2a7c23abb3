//! The Lambda function `order-notifier`.

use std::sync::Arc;
use std::time::Duration;

use aqueduct::aws::Environment;
use aqueduct::consume::Needs;
use aqueduct::{Consumer, Trigger, lambda};
use order_notifier::Notifier;
use orders::{OrderConfirmed, OrderDeclined};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    let statuses = Environment::load().await.statuses("STATUS_TABLE")?;
    let notifier = Arc::new(Notifier { statuses: Arc::new(statuses) });
    let needs = Needs::new("Tells the customer how the order went.")
        .idempotent()
        .outage_tolerance(Duration::from_mins(3))
        .p99(Duration::from_millis(250))
        .payload_max(32 * 1024);
    let consumer = Consumer::new::<OrderConfirmed>(notifier.clone()).on::<OrderDeclined>(notifier);
    lambda::run(consumer.triggers([Trigger::Sns]).needs(needs)).await
}
