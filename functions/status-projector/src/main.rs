//! The Lambda function `status-projector`.

use aqueduct::aws::Environment;
use aqueduct::lambda;

#[tokio::main(flavor = "local")]
async fn main() -> Result<(), lambda::Error> {
    lambda::run(status_projector::consumer(&Environment::load().await)?).await
}
