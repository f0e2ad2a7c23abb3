//! The Lambda function `order-intake`.

use std::sync::Arc;

use aqueduct::aws::Environment;
use aqueduct::{Clock, Publisher, lambda};
use order_intake::Intake;
use orders::PlaceOrder;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    let aws = Environment::load().await;
    let large = aws.large_bodies("PAYLOADS_BUCKET")?.prefix(orders::LARGE_ORDERS).over(orders::LARGE_ORDER_BYTES);
    let queue = aws.queue("ORDERS_QUEUE_URL")?.large_bodies(large);
    let orders = Publisher::new("order-intake", queue).sends::<PlaceOrder>();
    let intake = Arc::new(Intake::new(Arc::new(aws.statuses("STATUS_TABLE")?), orders, Clock::system()));
    lambda::run_http_streaming(move |request| Arc::clone(&intake).answer(request)).await
}
