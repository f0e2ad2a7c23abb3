//! The function as it is wired on AWS.

use std::sync::Arc;
use std::time::Duration;

use aqueduct::aws::Environment;
use aqueduct::consume::Needs;
use aqueduct::lambda::MissingSetting;
use aqueduct::{Consumer, Tick, Trigger};
use orders::OrderDispatched;

use crate::{Projector, sweep};

/// What the function runs.
pub fn consumer(aws: &Environment) -> Result<Consumer, MissingSetting> {
    let statuses = Arc::new(aws.statuses("STATUS_TABLE")?);
    let projector = Projector { statuses: statuses.clone() };
    let needs = Needs::new("Projects the last steps of an order and marks stalled ones.")
        .idempotent()
        .outage_tolerance(Duration::from_mins(3))
        .p99(Duration::from_secs(2))
        .payload_max(8 * 1024);
    let consumer = Consumer::new::<OrderDispatched>(projector).on::<Tick>(sweep(statuses));
    Ok(consumer.triggers([Trigger::EventBridge]).needs(needs))
}
