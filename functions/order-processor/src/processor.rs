//! Taking payment for an order, once, and telling everybody.

use std::sync::Arc;

use aqueduct::idempotency::Idempotency;
use aqueduct::status::Statuses;
use aqueduct::{Failure, Handler, Message, Publisher};
use jiff::Timestamp;
use orders::{LedgerEntry, OrderConfirmed, OrderDeclined, PlaceOrder, Posting};
use serde::{Deserialize, Serialize};

use crate::payment::{Charge, ChargeError, PaymentGateway};

/// Takes payment and announces the result.
///
/// Only the charge must not happen twice. Everything after it may: a duplicate delivery publishes the same messages
/// with the same keys again, which is how a crash between the charge and the announcement is mended.
#[derive(Debug)]
pub struct OrderProcessor {
    /// Who takes the money.
    pub gateway: Box<dyn PaymentGateway>,
    /// Makes the charge happen once.
    pub once: Idempotency,
    /// What customers read.
    pub statuses: Arc<dyn Statuses>,
    /// Where results are announced.
    pub events: Publisher,
    /// Where ledger entries go.
    pub ledger: Publisher,
}

/// What came of the charge, kept for duplicates of its message.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Payment {
    Taken { receipt: String },
    Declined { reason: String },
}

impl Handler<PlaceOrder> for OrderProcessor {
    async fn handle(&self, message: Message<PlaceOrder>) -> Result<(), Failure> {
        if message.data.order.is_empty() || message.data.items.is_empty() {
            return Err(Failure::reject("the order names no order id or no items"));
        }
        let key = format!("payment/{}", message.header.idempotency_key());
        match self.once.once(&key, || self.charge(&message)).await? {
            Payment::Taken { receipt } => self.confirm(&message, receipt).await,
            Payment::Declined { reason } => self.decline(&message, reason).await,
        }
    }
}

impl OrderProcessor {
    async fn charge(&self, message: &Message<PlaceOrder>) -> Result<Payment, Failure> {
        let order = &message.data;
        let charge = Charge {
            order: order.order.clone(),
            card: order.card.clone(),
            amount: order.total_cents,
            placed_millis: message.header.time.map_or(0, Timestamp::as_millisecond),
        };
        match self.gateway.charge(charge).await {
            Ok(receipt) => {
                tracing::info!(amount_cents = order.total_cents.0, "payment taken");
                Ok(Payment::Taken { receipt })
            }
            Err(ChargeError::Declined(reason)) => {
                tracing::info!(reason, "payment declined");
                Ok(Payment::Declined { reason })
            }
            Err(ChargeError::Unavailable(reason)) => Err(Failure::retry(reason)),
        }
    }

    async fn confirm(&self, message: &Message<PlaceOrder>, receipt: String) -> Result<(), Failure> {
        let PlaceOrder { order, customer, items, total_cents, .. } = message.data.clone();
        self.statuses.advance(&order, orders::confirmed(total_cents)).await?;
        let entry = |posting| {
            message.followed_by(LedgerEntry {
                order: order.clone(),
                customer: customer.clone(),
                posting,
                amount_cents: total_cents,
            })
        };
        self.ledger.publish_all([entry(Posting::Invoice), entry(Posting::Payment)]).await?;
        let confirmed =
            OrderConfirmed { order: order.clone(), customer: customer.clone(), items, total_cents, receipt };
        self.events.publish(message.followed_by(confirmed)).await?;
        Ok(())
    }

    async fn decline(&self, message: &Message<PlaceOrder>, reason: String) -> Result<(), Failure> {
        let PlaceOrder { order, customer, .. } = message.data.clone();
        self.statuses.advance(&order, orders::declined(&reason)).await?;
        self.events.publish(message.followed_by(OrderDeclined { order, customer, reason })).await?;
        Ok(())
    }
}
