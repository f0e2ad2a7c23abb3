//! The Lambda function `order-intake`.

use std::sync::Arc;

use aqueduct::aws::Environment;
use aqueduct::lambda;

#[tokio::main(flavor = "local")]
async fn main() -> Result<(), lambda::Error> {
    let intake = order_intake::intake(&Environment::load().await)?;
    lambda::run_http_streaming(move |request| Arc::clone(&intake).answer(request)).await
}
