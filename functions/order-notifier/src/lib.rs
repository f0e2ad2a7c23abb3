//! Tells the customer how the order went.

mod function;

use std::sync::Arc;

use aqueduct::status::Statuses;
use aqueduct::{Failure, Handler, Message};
use orders::{OrderConfirmed, OrderDeclined};

pub use function::consumer;

/// Tells the customer, in the order's status. A shop with a mail service would send a letter here; the words are kept
/// either way, and the same words are kept once, so that a duplicate delivery tells nobody twice.
#[derive(Debug)]
pub struct Notifier {
    /// What customers read.
    pub statuses: Arc<dyn Statuses>,
}

impl Handler<OrderConfirmed> for Notifier {
    async fn handle(&self, message: Message<OrderConfirmed>) -> Result<(), Failure> {
        let order = &message.data;
        let words = format!("Thank you. We received {} (receipt {}).", order.total_cents, order.receipt);
        self.tell(&order.order, &words).await
    }
}

impl Handler<OrderDeclined> for Notifier {
    async fn handle(&self, message: Message<OrderDeclined>) -> Result<(), Failure> {
        let order = &message.data;
        let words = format!("Your order was not placed: {}. Nothing was charged.", order.reason);
        self.tell(&order.order, &words).await
    }
}

impl Notifier {
    async fn tell(&self, order: &str, words: &str) -> Result<(), Failure> {
        self.statuses.notify(order, words).await?;
        tracing::info!("customer told");
        Ok(())
    }
}

#[cfg(test)]
mod tests;
