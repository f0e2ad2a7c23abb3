//! The Lambda function `status-projector`.

use std::sync::Arc;

use aqueduct::aws::{self, DynamoDbStatuses};
use aqueduct::lambda::{self, setting};
use aqueduct::{Clock, Consumer, Tick};
use orders::OrderDispatched;
use status_projector::Projector;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::init_logging();
    let config = aws::load_config().await;
    let statuses = DynamoDbStatuses::new(aws::dynamodb::Client::new(&config), setting("STATUS_TABLE")?);
    let projector = Arc::new(Projector { statuses: Arc::new(statuses), clock: Clock::system() });
    lambda::run(Consumer::new::<OrderDispatched>(projector.clone()).on::<Tick>(projector)).await
}
