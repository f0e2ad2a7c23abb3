//! Projects the last steps of an order and marks stalled ones.

use std::sync::Arc;
use std::time::Duration;

use aqueduct::status::Statuses;
use aqueduct::{Clock, Failure, Handler, Message, Tick};
use orders::OrderDispatched;

/// How long an order may stand still before its customer is told.
const STALLED_AFTER: Duration = Duration::from_mins(1);

/// How many stalled orders one sweep marks; the next sweep goes on.
const SWEEP_MAX: u32 = 200;

/// Projects the last steps, and looks after orders that nobody speaks for: a function that crashes or times out tells
/// nobody, so the customer learns of it here.
#[derive(Debug)]
pub struct Projector {
    /// What customers read.
    pub statuses: Arc<dyn Statuses>,
    /// Tells how long an order has stood still.
    pub clock: Clock,
}

impl Handler<OrderDispatched> for Projector {
    async fn handle(&self, message: Message<OrderDispatched>) -> Result<(), Failure> {
        self.statuses.advance(&message.data.order, orders::dispatched()).await?;
        tracing::info!("order dispatched");
        Ok(())
    }
}

impl Handler<Tick> for Projector {
    async fn handle(&self, _: Message<Tick>) -> Result<(), Failure> {
        let stalled = self.statuses.waiting_since(self.clock.now() - STALLED_AFTER, SWEEP_MAX).await?;
        for status in stalled.iter().filter(|status| !status.delayed) {
            self.statuses.delay(&status.id, orders::delayed(), None).await?;
            tracing::warn!(subject = status.id, step = status.step, "order stalled");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
