//! The function as it is wired on AWS.

use std::sync::Arc;
use std::time::Duration;

use aqueduct::aws::Environment;
use aqueduct::consume::Needs;
use aqueduct::lambda::MissingSetting;
use aqueduct::status::StatusWatch;
use aqueduct::{Consumer, Publisher, Trigger};
use orders::OrderDispatched;

use crate::{DynamoDbWarehouse, Fulfilment};

/// What the function runs.
pub fn consumer(aws: &Environment) -> Result<Consumer, MissingSetting> {
    let statuses = Arc::new(aws.statuses("STATUS_TABLE")?);
    let fulfilment = Fulfilment {
        warehouse: DynamoDbWarehouse::new(aws.dynamodb(), aws.setting("STOCK_TABLE")?),
        statuses: statuses.clone(),
        commerce: Publisher::new("order-fulfilment", aws.bus("COMMERCE_BUS_NAME")?).sends::<OrderDispatched>(),
    };
    let needs = Needs::new("Reserves stock and dispatches confirmed orders.")
        .idempotent()
        .outage_tolerance(orders::OUTAGE)
        .p99(Duration::from_millis(500))
        .payload_max(32 * 1024);
    let consumer = Consumer::new(fulfilment)
        .triggers([Trigger::Sqs])
        .attempts(orders::ATTEMPTS)
        .needs(needs)
        .redelivery(aws.redelivery("FULFILMENT_DLQ_URL")?)
        .watch(StatusWatch::new(statuses, orders::waiting_for_stock(), |_| orders::rejected()));
    Ok(consumer)
}
