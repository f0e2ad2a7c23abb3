//! The Lambda function `order-processor`.

use std::sync::Arc;

use aqueduct::aws::Environment;
use aqueduct::idempotency::Idempotency;
use aqueduct::status::StatusWatch;
use aqueduct::{Clock, Consumer, Publisher, lambda};
use order_processor::{OrderProcessor, SandboxGateway};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    let aws = Environment::load().await;
    let statuses = Arc::new(aws.statuses("STATUS_TABLE")?);
    let processor = OrderProcessor {
        gateway: SandboxGateway::new(Clock::system()),
        once: Idempotency::new(aws.claims("IDEMPOTENCY_TABLE")?)
            .to("events", Publisher::new("order-processor", aws.topic("ORDER_EVENTS_TOPIC_ARN")?))
            .to("ledger", Publisher::new("order-processor", aws.queue("LEDGER_QUEUE_URL")?)),
        statuses: statuses.clone(),
    };
    let consumer = Consumer::new(processor).redelivery(aws.redelivery("ORDERS_DLQ_URL")?).watch(StatusWatch::new(
        statuses,
        orders::delayed(),
        |_| orders::rejected(),
    ));
    lambda::run(consumer).await
}
