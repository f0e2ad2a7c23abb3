//! The Lambda function `ledger-writer`.

use std::time::Duration;

use aqueduct::aws::{self, SqsRedelivery};
use aqueduct::consume::Needs;
use aqueduct::lambda::{self, setting};
use aqueduct::{Clock, Consumer, Trigger};
use ledger_writer::{DynamoDbLedger, LedgerWriter};

/// How long the ledger's table may be away.
const OUTAGE: Duration = Duration::from_mins(4);

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    lambda::init_logging();
    let config = aws::load_config().await;
    let ledger = DynamoDbLedger::new(aws::dynamodb::Client::new(&config), setting("LEDGER_TABLE")?, Clock::system());
    let redelivery = SqsRedelivery::new(aws::sqs::Client::new(&config), setting("LEDGER_DLQ_URL")?);
    let needs = Needs::new("Appends ledger entries in order per customer.")
        .order_in_groups()
        .idempotent()
        .outage_tolerance(OUTAGE)
        .p99(Duration::from_millis(250))
        .payload_max(8 * 1024);
    let consumer = Consumer::new(LedgerWriter { ledger: Box::new(ledger) }).triggers([Trigger::Sqs]).needs(needs);
    lambda::run(consumer.redelivery(redelivery)).await
}
