//! The function as it is wired on AWS.

use std::sync::Arc;

use aqueduct::aws::Environment;
use aqueduct::lambda::MissingSetting;
use aqueduct::{Clock, Publisher};
use orders::PlaceOrder;

use crate::Intake;

/// What answers the function's requests.
pub fn intake(aws: &Environment) -> Result<Arc<Intake>, MissingSetting> {
    let large = aws.large_bodies("PAYLOADS_BUCKET")?.prefix(orders::LARGE_ORDERS).over(orders::LARGE_ORDER_BYTES);
    let queue = aws.queue("ORDERS_QUEUE_URL")?.large_bodies(large);
    let orders = Publisher::new("order-intake", queue).sends::<PlaceOrder>();
    Ok(Arc::new(Intake::new(Arc::new(aws.statuses("STATUS_TABLE")?), orders, Clock::system())))
}
