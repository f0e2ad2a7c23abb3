//! The Lambda function `order-notifier`.

use aqueduct::aws::Environment;
use aqueduct::lambda;

#[tokio::main(flavor = "local")]
async fn main() -> Result<(), lambda::Error> {
    lambda::run(order_notifier::consumer(&Environment::load().await)?).await
}
