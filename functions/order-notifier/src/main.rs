//! The Lambda function `order-notifier`.

use std::sync::Arc;

use aqueduct::Consumer;
use aqueduct::aws::{self, DynamoDbStatuses};
use aqueduct::lambda::{self, setting};
use order_notifier::Notifier;
use orders::{OrderConfirmed, OrderDeclined};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::init_logging();
    let config = aws::load_config().await;
    let statuses = DynamoDbStatuses::new(aws::dynamodb::Client::new(&config), setting("STATUS_TABLE")?);
    let notifier = Arc::new(Notifier { statuses: Arc::new(statuses) });
    lambda::run(Consumer::new::<OrderConfirmed>(notifier.clone()).on::<OrderDeclined>(notifier)).await
}
