//! The Lambda function `ledger-writer`.

use std::time::Duration;

use aqueduct::aws::Environment;
use aqueduct::consume::Needs;
use aqueduct::lambda::{self, setting};
use aqueduct::{Clock, Consumer, Trigger};
use ledger_writer::{DynamoDbLedger, LedgerWriter};

/// How long the ledger's table may be away.
const OUTAGE: Duration = Duration::from_mins(4);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    let aws = Environment::load().await;
    let ledger = DynamoDbLedger::new(aws.dynamodb(), setting("LEDGER_TABLE")?, Clock::system());
    let needs = Needs::new("Appends ledger entries in order per customer.")
        .order_in_groups()
        .idempotent()
        .outage_tolerance(OUTAGE)
        .p99(Duration::from_millis(250))
        .payload_max(8 * 1024);
    let consumer = Consumer::new(LedgerWriter { ledger }).triggers([Trigger::Sqs]).needs(needs);
    lambda::run(consumer.redelivery(aws.redelivery("LEDGER_DLQ_URL")?)).await
}
