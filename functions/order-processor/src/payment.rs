//! What the payment provider can do.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use orders::{Card, Cents};

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

/// Why a charge did not go through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChargeError {
    /// The bank said no, and will say no again. In words that a customer understands.
    Declined(String),
    /// The provider did not answer, and may answer later.
    Unavailable(String),
}

/// The payment provider. It can be slow, away or declining.
pub trait PaymentGateway: fmt::Debug + Send + Sync {
    /// Takes the amount and answers the receipt's number. The same order is charged once.
    fn charge(&self, charge: Charge) -> Pin<Box<dyn Future<Output = Result<String, ChargeError>> + Send + '_>>;
}
