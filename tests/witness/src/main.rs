//! The Lambda function that does what each message tells it to.

use aqueduct::aws::Environment;
use aqueduct::lambda;

#[tokio::main(flavor = "local")]
async fn main() -> Result<(), lambda::Error> {
    lambda::run(witness::consumer(&Environment::load().await)?).await
}
