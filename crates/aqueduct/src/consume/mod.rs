//! Consuming: a handler behind any trigger.

mod backoff;
mod batch;
mod consumer;
mod handler;
mod outcome;
mod redelivery;
mod response;
mod watch;

pub use backoff::Backoff;
pub use consumer::{Consumer, Unknown};
pub use handler::Handler;
pub(crate) use outcome::chain;
pub use outcome::{Failure, Outcome};
pub use redelivery::{Redelivery, RedeliveryError};
pub use response::{InvocationFailed, Response};
pub use watch::Watch;

#[cfg(test)]
pub(crate) mod tests;
