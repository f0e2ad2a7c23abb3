//! Reserves stock and dispatches confirmed orders.

mod dynamodb;
mod fulfilment;
mod function;
mod warehouse;

pub use dynamodb::DynamoDbWarehouse;
pub use fulfilment::Fulfilment;
pub use function::consumer;
pub use warehouse::Warehouse;

#[cfg(test)]
mod tests;
