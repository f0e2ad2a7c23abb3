//! The Lambda function `order-intake`.

use std::sync::Arc;

use aqueduct::aws::{self, DynamoDbStatuses, Queue};
use aqueduct::lambda::{self, setting};
use aqueduct::{Clock, Publisher};
use order_intake::Intake;
use orders::PlaceOrder;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::init_logging();
    let config = aws::load_config().await;
    let statuses = DynamoDbStatuses::new(aws::dynamodb::Client::new(&config), setting("STATUS_TABLE")?);
    let queue = Queue::new(aws::sqs::Client::new(&config), setting("ORDERS_QUEUE_URL")?);
    let orders = Publisher::new("order-intake", queue).sends::<PlaceOrder>();
    let intake = Arc::new(Intake::new(Arc::new(statuses), orders, Clock::system()));
    lambda::run_http(move |request| Arc::clone(&intake).answer(request)).await
}
