//! The Lambda function `order-fulfilment`.

use std::sync::Arc;

use aqueduct::aws::Environment;
use aqueduct::lambda::{self, setting};
use aqueduct::status::StatusWatch;
use aqueduct::{Consumer, Publisher};
use order_fulfilment::{DynamoDbWarehouse, Fulfilment};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    let aws = Environment::load().await;
    let statuses = Arc::new(aws.statuses("STATUS_TABLE")?);
    let fulfilment = Fulfilment {
        warehouse: DynamoDbWarehouse::new(aws.dynamodb(), setting("STOCK_TABLE")?),
        statuses: statuses.clone(),
        commerce: Publisher::new("order-fulfilment", aws.bus("COMMERCE_BUS_NAME")?),
    };
    let consumer = Consumer::new(fulfilment).redelivery(aws.redelivery("FULFILMENT_DLQ_URL")?).watch(StatusWatch::new(
        statuses,
        orders::waiting_for_stock(),
        |_| orders::rejected(),
    ));
    lambda::run(consumer).await
}
