//! The Lambda function `order-processor`.

use aqueduct::aws::Environment;
use aqueduct::lambda;

#[tokio::main(flavor = "local")]
async fn main() -> Result<(), lambda::Error> {
    lambda::run(order_processor::consumer(&Environment::load().await)?).await
}
