//! The function as it is wired on AWS.

use std::sync::Arc;
use std::time::Duration;

use aqueduct::aws::Environment;
use aqueduct::consume::Needs;
use aqueduct::lambda::MissingSetting;
use aqueduct::{Consumer, Trigger};
use orders::{OrderConfirmed, OrderDeclined};

use crate::Notifier;

/// What the function runs.
pub fn consumer(aws: &Environment) -> Result<Consumer, MissingSetting> {
    let notifier = Arc::new(Notifier { statuses: Arc::new(aws.statuses("STATUS_TABLE")?) });
    let needs = Needs::new("Tells the customer how the order went.")
        .idempotent()
        .outage_tolerance(Duration::from_mins(3))
        .p99(Duration::from_millis(250))
        .payload_max(32 * 1024);
    let consumer = Consumer::new::<OrderConfirmed>(notifier.clone()).on::<OrderDeclined>(notifier);
    Ok(consumer.triggers([Trigger::Sns]).needs(needs))
}
