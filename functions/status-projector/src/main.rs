//! The Lambda function `status-projector`.

use std::sync::Arc;

use aqueduct::aws::{self, DynamoDbStatuses};
use aqueduct::lambda::{self, setting};
use aqueduct::{Consumer, Tick};
use orders::OrderDispatched;
use status_projector::Projector;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::init_logging();
    let config = aws::load_config().await;
    let statuses = DynamoDbStatuses::new(aws::dynamodb::Client::new(&config), setting("STATUS_TABLE")?);
    let statuses = Arc::new(statuses);
    let projector = Projector { statuses: statuses.clone() };
    lambda::run(Consumer::new::<OrderDispatched>(projector).on::<Tick>(status_projector::sweep(statuses))).await
}
