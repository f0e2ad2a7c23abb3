//! Takes payment for orders and announces the result.

mod function;
mod payment;
mod processor;
mod sandbox;

pub use function::{consumer, consumer_with};
pub use payment::{Charge, Payment, PaymentGateway};
pub use processor::OrderProcessor;
pub use sandbox::SandboxGateway;

#[cfg(test)]
mod tests;
