//! The Lambda function `order-fulfilment`.

use std::sync::Arc;
use std::time::Duration;

use aqueduct::aws::Environment;
use aqueduct::consume::Needs;
use aqueduct::lambda::{self, setting};
use aqueduct::status::StatusWatch;
use aqueduct::{Consumer, Publisher, Trigger};
use order_fulfilment::{DynamoDbWarehouse, Fulfilment};
use orders::OrderDispatched;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    let aws = Environment::load().await;
    let statuses = Arc::new(aws.statuses("STATUS_TABLE")?);
    let fulfilment = Fulfilment {
        warehouse: DynamoDbWarehouse::new(aws.dynamodb(), setting("STOCK_TABLE")?),
        statuses: statuses.clone(),
        commerce: Publisher::new("order-fulfilment", aws.bus("COMMERCE_BUS_NAME")?).sends::<OrderDispatched>(),
    };
    let needs = Needs::new("Reserves stock and dispatches confirmed orders.")
        .idempotent()
        .outage_tolerance(Duration::from_mins(4))
        .p99(Duration::from_millis(500))
        .payload_max(32 * 1024);
    let consumer = Consumer::new(fulfilment)
        .triggers([Trigger::Sqs])
        .needs(needs)
        .redelivery(aws.redelivery("FULFILMENT_DLQ_URL")?)
        .watch(StatusWatch::new(statuses, orders::waiting_for_stock(), |_| orders::rejected()));
    lambda::run(consumer).await
}
