//! The function as it is wired on AWS.

use std::time::Duration;

use aqueduct::aws::Environment;
use aqueduct::consume::Needs;
use aqueduct::lambda::MissingSetting;
use aqueduct::{Clock, Consumer, Trigger};

use crate::{DynamoDbLedger, LedgerWriter};

/// What the function runs.
pub fn consumer(aws: &Environment) -> Result<Consumer, MissingSetting> {
    let ledger = DynamoDbLedger::new(aws.dynamodb(), aws.setting("LEDGER_TABLE")?, Clock::system());
    let needs = Needs::new("Appends ledger entries in order per customer.")
        .order_in_groups()
        .idempotent()
        .outage_tolerance(orders::OUTAGE)
        .p99(Duration::from_millis(250))
        .payload_max(8 * 1024);
    let consumer =
        Consumer::new(LedgerWriter { ledger }).triggers([Trigger::Sqs]).attempts(orders::ATTEMPTS).needs(needs);
    Ok(consumer.redelivery(aws.redelivery("LEDGER_DLQ_URL")?))
}
