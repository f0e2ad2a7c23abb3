//! Money.

use std::fmt;
use std::iter::Sum;
use std::ops::Mul;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An amount in hundredths of the shop's currency.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Cents(pub u64);

impl Mul<u32> for Cents {
    type Output = Self;

    fn mul(self, quantity: u32) -> Self {
        Self(self.0.saturating_mul(u64::from(quantity)))
    }
}

impl Sum for Cents {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        Self(amounts.fold(0, |total, amount| total.saturating_add(amount.0)))
    }
}

impl fmt::Display for Cents {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} {}.{:02}", crate::CURRENCY, self.0 / 100, self.0 % 100)
    }
}
