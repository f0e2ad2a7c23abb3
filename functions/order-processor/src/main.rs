//! The Lambda function `order-processor`.

use std::sync::Arc;
use std::time::Duration;

use aqueduct::aws::Environment;
use aqueduct::consume::Needs;
use aqueduct::idempotency::Idempotency;
use aqueduct::status::StatusWatch;
use aqueduct::{Clock, Consumer, Publisher, Trigger, lambda};
use order_processor::{OrderProcessor, SandboxGateway};
use orders::{LedgerEntry, OrderConfirmed, OrderDeclined, PlaceOrder};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    let aws = Environment::load().await;
    let statuses = Arc::new(aws.statuses("STATUS_TABLE")?);
    let events = Publisher::new("order-processor", aws.topic("ORDER_EVENTS_TOPIC_ARN")?);
    let ledger = Publisher::new("order-processor", aws.queue("LEDGER_QUEUE_URL")?);
    let once = Idempotency::new(aws.claims("IDEMPOTENCY_TABLE")?)
        .to("events", events.sends::<OrderConfirmed>().sends::<OrderDeclined>())
        .to("ledger", ledger.sends::<LedgerEntry>());
    let needs = Needs::new("Takes payment for orders and announces the result.")
        .idempotent_by(&once)
        .outage_tolerance(Duration::from_mins(4))
        .p99(Duration::from_millis(900))
        .payload_max(32 * 1024);
    let processor = OrderProcessor { gateway: SandboxGateway::new(Clock::system()), once, statuses: statuses.clone() };
    let consumer = Consumer::new::<PlaceOrder>(processor)
        .triggers([Trigger::Sqs])
        .needs(needs)
        .layer(aws.claim_check("PAYLOADS_BUCKET")?.verified())
        .redelivery(aws.redelivery("ORDERS_DLQ_URL")?)
        .watch(StatusWatch::new(statuses, orders::delayed(), |_| orders::rejected()));
    lambda::run(consumer).await
}
