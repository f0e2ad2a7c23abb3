//! What the payment provider can do.

use std::future::Future;

use aqueduct::Failure;
use orders::{Card, Cents};
use serde::{Deserialize, Serialize};

/// An amount to be taken from a card.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Charge {
    /// The order's id, which the provider takes as its idempotency key.
    pub order: String,
    /// The card.
    pub card: Card,
    /// How much.
    pub amount: Cents,
    /// When the order was placed, in milliseconds since 1970.
    pub placed_millis: i64,
}

/// What came of a charge, kept for duplicates of its message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Payment {
    /// The money is taken.
    Taken {
        /// The receipt's number.
        receipt: String,
    },
    /// The bank said no, and will say no again.
    Declined {
        /// Why, in words that a customer understands.
        reason: String,
    },
}

/// The payment provider. It can be slow, away or declining.
pub trait PaymentGateway: Send + Sync + 'static {
    /// Takes the amount. The same order is charged once. A provider that does not answer may answer later.
    fn charge(&self, charge: Charge) -> impl Future<Output = Result<Payment, Failure>> + Send;
}
