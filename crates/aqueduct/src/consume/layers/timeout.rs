//! A time for each try.

use std::time::Duration;

use aqueduct_message::Delivery;
use futures_util::future::{BoxFuture, FutureExt as _};

use crate::consume::{Layer, Next, Outcome};

/// Gives what is inside a time; a record that takes longer is retried. The handler is dropped where it waits.
#[derive(Clone, Copy, Debug)]
pub struct Timeout {
    time: Duration,
}

impl Timeout {
    /// Gives each try this time.
    pub const fn new(time: Duration) -> Self {
        Self { time }
    }
}

impl Layer for Timeout {
    fn handle<'a>(&'a self, delivery: &'a Delivery<'a>, next: Next<'a>) -> BoxFuture<'a, Outcome> {
        async move {
            match tokio::time::timeout(self.time, next.run(delivery)).await {
                Ok(outcome) => outcome,
                Err(_) => Outcome::retry("Timeout", format!("it took longer than {:?}", self.time)),
            }
        }
        .boxed()
    }
}
