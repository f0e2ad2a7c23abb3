//! Appends ledger entries in order per customer.

mod dynamodb;
mod function;
mod writer;

pub use dynamodb::DynamoDbLedger;
pub use function::consumer;
pub use writer::{Ledger, LedgerWriter};

#[cfg(test)]
mod tests;
