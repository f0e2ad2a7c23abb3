//! The function as it is wired on AWS.

use std::sync::Arc;
use std::time::Duration;

use aqueduct::aws::Environment;
use aqueduct::consume::Needs;
use aqueduct::idempotency::Idempotency;
use aqueduct::lambda::MissingSetting;
use aqueduct::status::StatusWatch;
use aqueduct::{Clock, Consumer, Publisher, Trigger};
use orders::{LedgerEntry, OrderConfirmed, OrderDeclined, PlaceOrder};

use crate::{OrderProcessor, PaymentGateway, SandboxGateway};

/// What the function runs.
pub fn consumer(aws: &Environment) -> Result<Consumer, MissingSetting> {
    consumer_with(aws, SandboxGateway::new(Clock::system()))
}

/// The same with another payment provider.
pub fn consumer_with(aws: &Environment, gateway: impl PaymentGateway) -> Result<Consumer, MissingSetting> {
    let statuses = Arc::new(aws.statuses("STATUS_TABLE")?);
    let events = Publisher::new("order-processor", aws.topic("ORDER_EVENTS_TOPIC_ARN")?);
    let ledger = Publisher::new("order-processor", aws.queue("LEDGER_QUEUE_URL")?);
    let once = Idempotency::new(aws.claims("IDEMPOTENCY_TABLE")?)
        .to("events", events.sends::<OrderConfirmed>().sends::<OrderDeclined>())
        .to("ledger", ledger.sends::<LedgerEntry>());
    let needs = Needs::new("Takes payment for orders and announces the result.")
        .idempotent_by(&once)
        .outage_tolerance(orders::OUTAGE)
        .p99(Duration::from_millis(900))
        .payload_max(32 * 1024);
    let processor = OrderProcessor { gateway, once, statuses: statuses.clone() };
    let consumer = Consumer::new::<PlaceOrder>(processor)
        .triggers([Trigger::Sqs])
        .attempts(orders::ATTEMPTS)
        .needs(needs)
        .layer(aws.claim_check("PAYLOADS_BUCKET")?.verified())
        .redelivery(aws.redelivery("ORDERS_DLQ_URL")?)
        .watch(StatusWatch::new(statuses, orders::delayed(), |_| orders::rejected()));
    Ok(consumer)
}
