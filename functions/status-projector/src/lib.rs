//! Projects the last steps of an order and marks stalled ones.

mod function;

use std::sync::Arc;
use std::time::Duration;

use aqueduct::status::{StalledSweep, Statuses};
use aqueduct::{Failure, Handler, Message};
use orders::OrderDispatched;

pub use function::consumer;

/// How long an order may stand still before its customer is told.
const STALLED_AFTER: Duration = Duration::from_mins(1);

/// How long an order may stand still before its customer is told that a person sees to it: far longer than any queue, topic or
/// bus of the pipeline tries.
const STUCK_AFTER: Duration = Duration::from_hours(1);

/// Projects the last steps.
#[derive(Debug)]
pub struct Projector {
    /// What customers read.
    pub statuses: Arc<dyn Statuses>,
}

impl Handler<OrderDispatched> for Projector {
    async fn handle(&self, message: Message<OrderDispatched>) -> Result<(), Failure> {
        self.statuses.advance(&message.data.order, orders::dispatched()).await?;
        tracing::info!("order dispatched");
        Ok(())
    }
}

/// Looks after orders that nobody speaks for.
pub fn sweep(statuses: Arc<dyn Statuses>) -> StalledSweep {
    let sweep = StalledSweep::new(statuses, STALLED_AFTER, orders::delayed());
    sweep.stuck(STUCK_AFTER, orders::stuck()).unsent(orders::unsent())
}

#[cfg(test)]
mod tests;
