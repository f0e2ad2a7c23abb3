//! The cart that a customer hands in, and what can be wrong with it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Card, Cents, product};

/// A cart as it comes in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cart {
    /// Who orders, by e-mail address.
    pub customer: String,
    /// What.
    pub items: Vec<Line>,
    /// How it is paid.
    pub card: Card,
}

/// So many of one product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// The product's stock-keeping unit.
    pub sku: String,
    /// How many. Signed, so that a negative number is told for what it is.
    pub quantity: i64,
}

/// Something wrong with a cart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CartError {
    /// JSON Pointer to it.
    pub pointer: String,
    /// What is wrong, and what would be right.
    pub detail: String,
}

/// The most of one product in one order.
const QUANTITY_MAX: i64 = 99;

/// The most lines of one order.
const LINES_MAX: usize = 500;

/// The longest e-mail address (RFC 5321).
const CUSTOMER_CHARS_MAX: usize = 254;

impl Cart {
    /// Everything that is wrong with the cart; nothing when it can be ordered.
    pub fn errors(&self) -> Vec<CartError> {
        let mut errors = Vec::new();
        let mut wrong = |pointer: String, detail: String| errors.push(CartError { pointer, detail });
        if let Some(detail) = customer_error(&self.customer) {
            wrong("/customer".to_owned(), detail.to_owned());
        }
        if self.items.is_empty() {
            wrong("/items".to_owned(), "The cart is empty; add a product.".to_owned());
        }
        if self.items.len() > LINES_MAX {
            wrong("/items".to_owned(), format!("An order has at most {LINES_MAX} lines; split it in two."));
        }
        for (index, line) in self.items.iter().enumerate().take(LINES_MAX) {
            if product(&line.sku).is_none() {
                wrong(format!("/items/{index}/sku"), "There is no such product.".to_owned());
            }
            if !(1..=QUANTITY_MAX).contains(&line.quantity) {
                wrong(format!("/items/{index}/quantity"), format!("Choose a quantity from 1 to {QUANTITY_MAX}."));
            }
        }
        errors
    }

    /// What the cart costs; lines that cannot be ordered cost nothing.
    pub fn total(&self) -> Cents {
        self.items
            .iter()
            .filter_map(|line| Some(product(&line.sku)?.price_cents * u32::try_from(line.quantity).ok()?))
            .sum()
    }
}

fn customer_error(customer: &str) -> Option<&'static str> {
    let (name, domain) = customer.split_once('@').unwrap_or((customer, ""));
    let printable = customer.chars().all(|character| !character.is_control() && !character.is_whitespace());
    let whole = !name.is_empty() && domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.');
    if customer.chars().count() > CUSTOMER_CHARS_MAX {
        return Some("This e-mail address is too long.");
    }
    (!(printable && whole)).then_some("Enter an e-mail address, such as ada@example.com.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cart(customer: &str, items: &[(&str, i64)]) -> Cart {
        let items = items.iter().map(|&(sku, quantity)| Line { sku: sku.to_owned(), quantity }).collect();
        Cart { customer: customer.to_owned(), items, card: Card("tok_visa".to_owned()) }
    }

    #[test]
    fn each_mistake_is_told_where_it_is() {
        let cases = [
            (cart("ada@example.com", &[("carafe-1l", 2)]), vec![]),
            (cart("ada", &[("carafe-1l", 1)]), vec!["/customer"]),
            (cart("a b@example.com", &[("carafe-1l", 1)]), vec!["/customer"]),
            (cart("ada@example.com", &[]), vec!["/items"]),
            (cart("ada@example.com", &[("carafe-1l", -1)]), vec!["/items/0/quantity"]),
            (cart("ada@example.com", &[("carafe-1l", 1), ("nothing", 100)]), vec!["/items/1/sku", "/items/1/quantity"]),
        ];
        for (cart, expected) in cases {
            let pointers: Vec<_> = cart.errors().into_iter().map(|error| error.pointer).collect();
            assert_eq!(pointers, expected, "{cart:?}");
        }
    }

    #[test]
    fn totals_add_up() {
        assert_eq!(cart("", &[("carafe-1l", 2), ("sponge-sea", 1)]).total(), Cents(7_440));
        assert_eq!(Cents(7_405).to_string(), "EUR 74.05");
    }
}
