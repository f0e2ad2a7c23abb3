//! The function as it is wired on AWS.

use std::time::Duration;

use aqueduct::aws::Environment;
use aqueduct::consume::Needs;
use aqueduct::lambda::MissingSetting;
use aqueduct::{Clock, Consumer, Trigger};

use crate::{DynamoDbLedger, LedgerWriter};

/// How often an entry is tried: the waits between are four minutes at least. Its queue allows some receives more, for attempts
/// that were killed.
const ATTEMPTS: u32 = 9;

/// How long the ledger's table may be away.
const OUTAGE: Duration = Duration::from_mins(4);

/// What the function runs.
pub fn consumer(aws: &Environment) -> Result<Consumer, MissingSetting> {
    let ledger = DynamoDbLedger::new(aws.dynamodb(), aws.setting("LEDGER_TABLE")?, Clock::system());
    let needs = Needs::new("Appends ledger entries in order per customer.")
        .order_in_groups()
        .idempotent()
        .outage_tolerance(OUTAGE)
        .p99(Duration::from_millis(250))
        .payload_max(8 * 1024);
    let consumer = Consumer::new(LedgerWriter { ledger }).triggers([Trigger::Sqs]).attempts(ATTEMPTS).needs(needs);
    Ok(consumer.redelivery(aws.redelivery("LEDGER_DLQ_URL")?))
}
