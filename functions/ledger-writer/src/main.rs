//! The Lambda function `ledger-writer`.

use aqueduct::aws::Environment;
use aqueduct::lambda::{self, setting};
use aqueduct::{Clock, Consumer};
use ledger_writer::{DynamoDbLedger, LedgerWriter};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    let aws = Environment::load().await;
    let ledger = DynamoDbLedger::new(aws.dynamodb(), setting("LEDGER_TABLE")?, Clock::system());
    lambda::run(Consumer::new(LedgerWriter { ledger }).redelivery(aws.redelivery("LEDGER_DLQ_URL")?)).await
}
