//! The messages between the functions. Those about an order have it as their subject and key, and its customer as their group.

use aqueduct::Payload;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Cents, Line};

/// A card, by the token that the payment provider gave for it. The number itself never reaches us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Card(pub String);

/// How large a [`PlaceOrder`] may be, in bytes with its envelope, before it lies in the bucket for payloads and a pointer
/// travels in its place: ten orders of any size are a small batch.
pub const LARGE_ORDER_BYTES: usize = 8 * 1024;

/// What the keys of such orders begin with.
pub const LARGE_ORDERS: &str = "orders/";

/// An order was accepted and is to be paid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Payload)]
#[payload(schema, subject = order, group = customer)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Payload)]
#[payload(schema, subject = order, group = customer)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Payload)]
#[payload(schema, subject = order, group = customer)]
pub struct OrderDeclined {
    /// The order's id.
    pub order: String,
    /// Who ordered.
    pub customer: String,
    /// What the bank said.
    pub reason: String,
}

/// An order is on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Payload)]
#[payload(schema, subject = order, group = customer)]
pub struct OrderDispatched {
    /// The order's id.
    pub order: String,
    /// Who ordered.
    pub customer: String,
}

/// A line in a customer's account. Entries of one customer are written in the order in which they are sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, Payload)]
#[payload(schema, subject = order, group = customer, key = self.posting.key_of(&self.order))]
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

impl LedgerEntry {
    /// The key of the entry that comes before this one in any account.
    pub fn follows(&self) -> Option<String> {
        match self.posting {
            Posting::Invoice => None,
            Posting::Payment => Some(Posting::Invoice.key_of(&self.order)),
        }
    }
}

/// What is posted to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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

    /// The key of an order's entry of this kind.
    fn key_of(self, order: &str) -> String {
        format!("{order}/{}", self.name())
    }
}
