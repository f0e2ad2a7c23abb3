//! What the shop sells.

use serde::Serialize;

use crate::Cents;

/// The shop's currency, ISO 4217.
pub const CURRENCY: &str = "EUR";

/// A product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Product {
    /// Stock-keeping unit.
    pub sku: &'static str,
    /// Its name.
    pub name: &'static str,
    /// A sentence about it.
    pub description: &'static str,
    /// Its price.
    pub price_cents: Cents,
    /// How many the warehouse holds at first.
    #[serde(skip)]
    pub stock: u32,
}

/// All products.
pub const CATALOGUE: &[Product] = &[
    Product {
        sku: "carafe-1l",
        name: "Carafe, one litre",
        description: "Hand-blown glass that pours without a drip.",
        price_cents: Cents(3_400),
        stock: 5_000,
    },
    Product {
        sku: "cup-stoneware",
        name: "Stoneware cup",
        description: "Keeps tea warm for as long as a chapter lasts.",
        price_cents: Cents(1_250),
        stock: 5_000,
    },
    Product {
        sku: "filter-brass",
        name: "Brass filter",
        description: "A fine mesh for well water and loose leaves.",
        price_cents: Cents(890),
        stock: 5_000,
    },
    Product {
        sku: "basin-copper",
        name: "Copper basin",
        description: "Beaten from one sheet, and older looking every year.",
        price_cents: Cents(7_900),
        stock: 5_000,
    },
    Product {
        sku: "sponge-sea",
        name: "Sea sponge",
        description: "Soft, large, and harvested by hand.",
        price_cents: Cents(640),
        stock: 5_000,
    },
    Product {
        sku: "can-watering",
        name: "Watering can, long spout",
        description: "Reaches the fern on the top shelf.",
        price_cents: Cents(2_950),
        stock: 5_000,
    },
];

/// The product with this stock-keeping unit.
pub fn product(sku: &str) -> Option<&'static Product> {
    CATALOGUE.iter().find(|product| product.sku == sku)
}
