//! Taking payment for an order, once, and telling everybody.

use std::sync::Arc;

use aqueduct::idempotency::{Effect, Idempotency};
use aqueduct::status::Statuses;
use aqueduct::{Failure, Handler, Message};
use jiff::Timestamp;
use orders::{LedgerEntry, OrderConfirmed, OrderDeclined, PlaceOrder, Posting};

use crate::payment::{Charge, Payment, PaymentGateway};

/// Takes payment and announces the result.
///
/// The charge happens once. What it publishes is kept with it, and goes out again, the same messages, when a duplicate comes:
/// that is how a crash between the charge and the announcement is mended.
#[derive(Debug)]
pub struct OrderProcessor<G> {
    /// Who takes the money.
    pub gateway: G,
    /// Makes the charge happen once. It publishes to `events`, where results are announced, and to `ledger`.
    pub once: Idempotency,
    /// What customers read.
    pub statuses: Arc<dyn Statuses>,
}

impl<G: PaymentGateway> Handler<PlaceOrder> for OrderProcessor<G> {
    async fn handle(&self, message: Message<PlaceOrder>) -> Result<(), Failure> {
        let order = &message.data;
        if order.order.is_empty() || order.items.is_empty() {
            return Err(Failure::reject("the order names no order id or no items"));
        }
        let payment = self.once.key(format!("payment/{}", message.header.idempotency_key()));
        let payment = payment.of(&(&order.card, order.total_cents))?;
        let step = match payment.run(|effect| self.pay(&message, effect)).await? {
            Payment::Taken { .. } => orders::confirmed(order.total_cents),
            Payment::Declined { reason } => orders::declined(&reason),
        };
        Ok(self.statuses.advance(&order.order, step).await?)
    }
}

impl<G: PaymentGateway> OrderProcessor<G> {
    async fn pay(&self, message: &Message<PlaceOrder>, effect: Effect) -> Result<Payment, Failure> {
        let PlaceOrder { order, customer, items, card, total_cents } = message.data.clone();
        let placed_millis = message.header.time.map_or(0, Timestamp::as_millisecond);
        let charge = Charge { order: order.clone(), card, amount: total_cents, placed_millis };
        let payment = self.gateway.charge(charge).await?;
        match &payment {
            Payment::Taken { receipt } => {
                tracing::info!(amount_cents = total_cents.0, "payment taken");
                for posting in [Posting::Invoice, Posting::Payment] {
                    let (order, customer) = (order.clone(), customer.clone());
                    let entry = LedgerEntry { order, customer, posting, amount_cents: total_cents };
                    effect.publish("ledger", message.followed_by(entry))?;
                }
                let confirmed = OrderConfirmed { order, customer, items, total_cents, receipt: receipt.clone() };
                effect.publish("events", message.followed_by(confirmed))?;
            }
            Payment::Declined { reason } => {
                tracing::info!(reason, "payment declined");
                let declined = OrderDeclined { order, customer, reason: reason.clone() };
                effect.publish("events", message.followed_by(declined))?;
            }
        }
        Ok(payment)
    }
}
