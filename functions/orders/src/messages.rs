//! The messages between the functions.

use aqueduct::Payload;
use serde::{Deserialize, Serialize};

use crate::{Cents, Line};

/// A card, by the token that the payment provider gave for it. The number itself never reaches us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Card(pub String);

/// An order was accepted and is to be paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlaceOrder {
    /// The order's id.
    pub order: String,
    /// Who orders.
    pub customer: String,
    /// What.
    pub items: Vec<Line>,
    /// How it is paid.
    pub card: Card,
    /// What it costs.
    pub total_cents: Cents,
}

/// An order is paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderConfirmed {
    /// The order's id.
    pub order: String,
    /// Who ordered.
    pub customer: String,
    /// What.
    pub items: Vec<Line>,
    /// What was paid.
    pub total_cents: Cents,
    /// The payment provider's receipt.
    pub receipt: String,
}

/// An order could not be paid, and nothing was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderDeclined {
    /// The order's id.
    pub order: String,
    /// Who ordered.
    pub customer: String,
    /// What the bank said.
    pub reason: String,
}

/// An order is on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderDispatched {
    /// The order's id.
    pub order: String,
    /// Who ordered.
    pub customer: String,
}

/// A line in a customer's account. Entries of one customer are written in the order in which they are sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    /// The order's id.
    pub order: String,
    /// Whose account.
    pub customer: String,
    /// What is posted.
    pub posting: Posting,
    /// How much.
    pub amount_cents: Cents,
}

/// What is posted to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Posting {
    /// The customer owes the price.
    Invoice,
    /// The customer paid.
    Payment,
}

impl Posting {
    /// Its name in keys and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::Payment => "payment",
        }
    }
}

/// Messages about an order: the order is their subject and key, the customer their group.
macro_rules! about_an_order {
    ($($message:ident),*) => {
        $(impl Payload for $message {
            const TYPE: &'static str = stringify!($message);

            fn subject(&self) -> Option<String> {
                Some(self.order.clone())
            }

            fn group(&self) -> Option<String> {
                Some(self.customer.clone())
            }
        })*
    };
}

about_an_order!(PlaceOrder, OrderConfirmed, OrderDeclined, OrderDispatched);

impl Payload for LedgerEntry {
    const TYPE: &'static str = "LedgerEntry";

    fn subject(&self) -> Option<String> {
        Some(self.order.clone())
    }

    fn key(&self) -> Option<String> {
        Some(format!("{}/{}", self.order, self.posting.name()))
    }

    fn group(&self) -> Option<String> {
        Some(self.customer.clone())
    }
}
