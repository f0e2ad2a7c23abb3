//! What a consumer asks of its queue: to hold a message back, or to take it out of the way.

use std::fmt;
use std::time::Duration;

use aqueduct_message::{Delivery, Header};
use futures_util::future::BoxFuture;
use thiserror::Error;

/// Carries out what a failed delivery asks for. [`aqueduct::aws::SqsRedelivery`](crate::aws::SqsRedelivery) does it on SQS.
pub trait Redelivery: fmt::Debug + Send + Sync {
    /// Keeps the message invisible for `wait` from now.
    fn hold<'a>(&'a self, delivery: &'a Delivery, wait: Duration) -> BoxFuture<'a, Result<(), RedeliveryError>>;

    /// Sends the message, unchanged, to its dead-letter queue with the reason as an attribute. The consumer reports it
    /// as done only after this succeeded, so that it is never lost between the two.
    fn reject<'a>(
        &'a self,
        delivery: &'a Delivery,
        header: Option<&'a Header>,
        reason: &'a str,
    ) -> BoxFuture<'a, Result<(), RedeliveryError>>;
}

/// The queue did not do what it was asked.
#[derive(Debug, Error)]
#[error("{what}: {reason}")]
pub struct RedeliveryError {
    /// What was asked.
    pub what: &'static str,
    /// What the queue said.
    pub reason: String,
}
