//! The Lambda function `order-fulfilment`.

use std::sync::Arc;
use std::time::Duration;

use aqueduct::aws::{self, Bus, DynamoDbStatuses, SqsRedelivery};
use aqueduct::consume::Needs;
use aqueduct::lambda::{self, setting};
use aqueduct::status::StatusWatch;
use aqueduct::{Consumer, Publisher, Trigger};
use order_fulfilment::{DynamoDbWarehouse, Fulfilment};
use orders::OrderDispatched;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::init_logging();
    let config = aws::load_config().await;
    let dynamodb = aws::dynamodb::Client::new(&config);
    let bus = Bus::new(aws::eventbridge::Client::new(&config), setting("COMMERCE_BUS_NAME")?);
    let statuses = Arc::new(DynamoDbStatuses::new(dynamodb.clone(), setting("STATUS_TABLE")?));
    let fulfilment = Fulfilment {
        warehouse: Box::new(DynamoDbWarehouse::new(dynamodb, setting("STOCK_TABLE")?)),
        statuses: statuses.clone(),
        commerce: Publisher::new("order-fulfilment", bus).sends::<OrderDispatched>(),
    };
    let dead_letters = setting("FULFILMENT_DLQ_URL")?;
    let needs = Needs::new("Reserves stock and dispatches confirmed orders.")
        .idempotent()
        .outage_tolerance(Duration::from_mins(4))
        .p99(Duration::from_millis(500))
        .payload_max(32 * 1024);
    let consumer = Consumer::new(fulfilment)
        .triggers([Trigger::Sqs])
        .needs(needs)
        .redelivery(SqsRedelivery::new(aws::sqs::Client::new(&config), dead_letters))
        .watch(StatusWatch::new(statuses, orders::waiting_for_stock(), |_| orders::rejected()));
    lambda::run(consumer).await
}
