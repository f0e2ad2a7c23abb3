//! The order in a record's body, owned and borrowed.

use std::borrow::Cow;

use aqueduct::{BorrowedPayload, Payload};
use serde::{Deserialize, Serialize};

/// An order that owns its text.
#[derive(Debug, Serialize, Deserialize)]
pub struct Order {
    /// Its id.
    pub id: String,
    /// Who ordered.
    pub customer: String,
    /// What was ordered.
    pub items: Vec<Line>,
    /// What it costs; below nothing, the order fails.
    pub total_cents: i64,
}

/// A line of an [`Order`].
#[derive(Debug, Serialize, Deserialize)]
pub struct Line {
    /// What it is.
    pub sku: String,
    /// What it is, for people.
    pub name: String,
    /// How many of it.
    pub quantity: u32,
    /// What one costs.
    pub price_cents: i64,
}

impl Payload for Order {
    const TYPE: &'static str = "Order";
}

impl Order {
    /// Whether the order can be carried out: what stands for a handler's work, the same in every language.
    pub fn is_good(&self) -> bool {
        self.total_cents >= 0 && self.items.iter().all(|line| line.quantity > 0)
    }
}

/// An [`Order`] whose text stays where it came.
#[derive(Debug, Deserialize)]
pub struct OrderView<'a> {
    /// See [`Order::id`].
    pub id: &'a str,
    /// See [`Order::customer`].
    #[serde(borrow)]
    pub customer: Cow<'a, str>,
    /// See [`Order::items`].
    #[serde(borrow)]
    pub items: Vec<LineView<'a>>,
    /// See [`Order::total_cents`].
    pub total_cents: i64,
}

/// A [`Line`] whose text stays where it came.
#[derive(Debug, Deserialize)]
pub struct LineView<'a> {
    /// See [`Line::sku`].
    pub sku: &'a str,
    /// See [`Line::name`].
    #[serde(borrow)]
    pub name: Cow<'a, str>,
    /// See [`Line::quantity`].
    pub quantity: u32,
    /// See [`Line::price_cents`].
    pub price_cents: i64,
}

impl BorrowedPayload for OrderView<'static> {
    const TYPE: &'static str = "Order";
    type Data<'a> = OrderView<'a>;
}

impl OrderView<'_> {
    /// See [`Order::is_good`].
    pub fn is_good(&self) -> bool {
        self.total_cents >= 0 && self.items.iter().all(|line| line.quantity > 0)
    }
}
