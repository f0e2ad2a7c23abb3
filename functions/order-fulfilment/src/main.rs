//! The Lambda function `order-fulfilment`.

use aqueduct::aws::Environment;
use aqueduct::lambda;

#[tokio::main(flavor = "local")]
async fn main() -> Result<(), lambda::Error> {
    lambda::run(order_fulfilment::consumer(&Environment::load().await)?).await
}
