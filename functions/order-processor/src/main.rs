//! The Lambda function `order-processor`.

use std::sync::Arc;

use aqueduct::aws::{self, DynamoDbClaims, DynamoDbStatuses, Queue, SqsRedelivery, Topic};
use aqueduct::idempotency::Idempotency;
use aqueduct::lambda::{self, setting};
use aqueduct::status::StatusWatch;
use aqueduct::{Clock, Consumer, Publisher};
use order_processor::{OrderProcessor, SandboxGateway};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::init_logging();
    let config = aws::load_config().await;
    let (dynamodb, sqs) = (aws::dynamodb::Client::new(&config), aws::sqs::Client::new(&config));
    let topic = Topic::new(aws::sns::Client::new(&config), setting("ORDER_EVENTS_TOPIC_ARN")?);
    let statuses = Arc::new(DynamoDbStatuses::new(dynamodb.clone(), setting("STATUS_TABLE")?));
    let processor = OrderProcessor {
        gateway: Box::new(SandboxGateway::new(Clock::system())),
        once: Idempotency::new(DynamoDbClaims::new(dynamodb, setting("IDEMPOTENCY_TABLE")?)),
        statuses: statuses.clone(),
        events: Publisher::new("order-processor", topic),
        ledger: Publisher::new("order-processor", Queue::new(sqs.clone(), setting("LEDGER_QUEUE_URL")?)),
    };
    let consumer = Consumer::new(processor)
        .redelivery(SqsRedelivery::new(sqs, setting("ORDERS_DLQ_URL")?))
        .watch(StatusWatch::new(statuses, orders::delayed(), |_| orders::rejected()));
    lambda::run(consumer).await
}
