//! The Lambda function `order-processor`.

use std::sync::Arc;
use std::time::Duration;

use aqueduct::aws::{self, DynamoDbClaims, DynamoDbStatuses, Queue, SqsRedelivery, Topic};
use aqueduct::consume::Needs;
use aqueduct::idempotency::Idempotency;
use aqueduct::lambda::{self, setting};
use aqueduct::status::StatusWatch;
use aqueduct::{Clock, Consumer, Publisher, Trigger};
use order_processor::{OrderProcessor, SandboxGateway};
use orders::{LedgerEntry, OrderConfirmed, OrderDeclined, PlaceOrder};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::init_logging();
    let config = aws::load_config().await;
    let (dynamodb, sqs) = (aws::dynamodb::Client::new(&config), aws::sqs::Client::new(&config));
    let topic = Topic::new(aws::sns::Client::new(&config), setting("ORDER_EVENTS_TOPIC_ARN")?);
    let statuses = Arc::new(DynamoDbStatuses::new(dynamodb.clone(), setting("STATUS_TABLE")?));
    let once = Idempotency::new(DynamoDbClaims::new(dynamodb, setting("IDEMPOTENCY_TABLE")?));
    let needs = Needs::new("Takes payment for orders and announces the result.")
        .idempotent_by(&once)
        .outage_tolerance(Duration::from_mins(4))
        .p99(Duration::from_millis(900))
        .payload_max(32 * 1024);
    let events = Publisher::new("order-processor", topic).sends::<OrderConfirmed>().sends::<OrderDeclined>();
    let ledger = Queue::new(sqs.clone(), setting("LEDGER_QUEUE_URL")?);
    let processor = OrderProcessor {
        gateway: Box::new(SandboxGateway::new(Clock::system())),
        once,
        statuses: statuses.clone(),
        events,
        ledger: Publisher::new("order-processor", ledger).sends::<LedgerEntry>(),
    };
    let consumer = Consumer::new::<PlaceOrder>(processor)
        .triggers([Trigger::Sqs])
        .needs(needs)
        .redelivery(SqsRedelivery::new(sqs, setting("ORDERS_DLQ_URL")?))
        .watch(StatusWatch::new(statuses, orders::delayed(), |_| orders::rejected()));
    lambda::run(consumer).await
}
