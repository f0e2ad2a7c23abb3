//! Reserves stock and dispatches confirmed orders.

mod dynamodb;
mod fulfilment;
mod warehouse;

pub use dynamodb::DynamoDbWarehouse;
pub use fulfilment::Fulfilment;
pub use warehouse::Warehouse;

#[cfg(test)]
mod tests;
