//! Appends ledger entries in order per customer.

mod dynamodb;
mod writer;

pub use dynamodb::DynamoDbLedger;
pub use writer::{Ledger, LedgerWriter};

#[cfg(test)]
mod tests;
