//! The Lambda function `ledger-writer`.

use aqueduct::aws::Environment;
use aqueduct::lambda;

#[tokio::main(flavor = "local")]
async fn main() -> Result<(), lambda::Error> {
    lambda::run(ledger_writer::consumer(&Environment::load().await)?).await
}
