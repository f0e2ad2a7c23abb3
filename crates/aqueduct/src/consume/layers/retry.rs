//! Trying again without going back to the queue.

use std::time::Duration;

use aqueduct_message::Delivery;
use futures_util::future::{BoxFuture, FutureExt as _};

use crate::consume::{Backoff, Jitter, Layer, Next, Outcome};

/// Tries a record again in the same invocation, for failures that pass in milliseconds. A failure that says how long to wait,
/// a rejection and a postponement are not tried again here; nor is anything when the wait would pass the deadline.
#[derive(Clone, Copy, Debug)]
pub struct RetryInPlace {
    tries: u32,
    backoff: Backoff,
}

impl RetryInPlace {
    /// At most this many tries, with waits from 100 ms, twice as long each time, to 2 s.
    pub fn new(tries: u32) -> Self {
        let (first, longest) = (Duration::from_millis(100), Duration::from_secs(2));
        Self { tries: tries.max(1), backoff: Backoff { first, factor: 2.0, longest, jitter: Jitter::Half } }
    }

    /// Other waits.
    #[must_use]
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }
}

impl Layer for RetryInPlace {
    fn handle<'a>(&'a self, delivery: &'a Delivery<'a>, next: Next<'a>) -> BoxFuture<'a, Outcome> {
        async move {
            let mut tried = 1;
            loop {
                let outcome = next.run(delivery).await;
                let Outcome::Retry { after: None, reason } = &outcome else { return outcome };
                let wait = self.backoff.step(tried, &delivery.id);
                let late = next.deadline().is_some_and(|deadline| tokio::time::Instant::now() + wait >= deadline);
                if tried >= self.tries || late {
                    return outcome;
                }
                tracing::debug!(tried, reason = reason.message, wait = wait.as_secs_f64(), "tried again in place");
                tokio::time::sleep(wait).await;
                tried += 1;
            }
        }
        .boxed()
    }
}
