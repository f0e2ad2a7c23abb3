//! The Lambda function `ledger-writer`.

use aqueduct::aws::{self, SqsRedelivery};
use aqueduct::lambda::{self, setting};
use aqueduct::{Clock, Consumer};
use ledger_writer::{DynamoDbLedger, LedgerWriter};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::init_logging();
    let config = aws::load_config().await;
    let ledger = DynamoDbLedger::new(aws::dynamodb::Client::new(&config), setting("LEDGER_TABLE")?, Clock::system());
    let redelivery = SqsRedelivery::new(aws::sqs::Client::new(&config), setting("LEDGER_DLQ_URL")?);
    lambda::run(Consumer::new(LedgerWriter { ledger: Box::new(ledger) }).redelivery(redelivery)).await
}
