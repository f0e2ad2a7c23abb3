//! The Lambda function `order-intake`.

use std::sync::Arc;

use aqueduct::aws::Environment;
use aqueduct::{Clock, Publisher, lambda};
use order_intake::Intake;
use orders::PlaceOrder;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    let aws = Environment::load().await;
    let orders = Publisher::new("order-intake", aws.queue("ORDERS_QUEUE_URL")?).sends::<PlaceOrder>();
    let intake = Arc::new(Intake::new(Arc::new(aws.statuses("STATUS_TABLE")?), orders, Clock::system()));
    lambda::run_http_streaming(move |request| Arc::clone(&intake).answer(request)).await
}
