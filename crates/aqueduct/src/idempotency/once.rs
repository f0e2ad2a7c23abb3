//! Doing something once.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Claim, Claims};
use crate::{Clock, Failure};

/// Makes effects happen once per key.
///
/// ```
/// use aqueduct::Failure;
/// use aqueduct::idempotency::{Idempotency, MemoryClaims};
/// # async fn example() -> Result<(), Failure> {
/// let payments = Idempotency::new(MemoryClaims::default());
/// let first: u32 = payments.once("charge/ord_1", async || Ok(1)).await?;
/// let again: u32 = payments.once("charge/ord_1", async || Ok(2)).await?;
/// assert_eq!((first, again), (1, 1));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Idempotency {
    claims: Arc<dyn Claims>,
    clock: Clock,
    hold: Duration,
    keep: Duration,
}

impl Idempotency {
    /// Holds a claim for a minute and keeps a result for 30 days, which outlives every redelivery and redrive of a
    /// queue: SQS keeps a message at most 14 days in the queue and 14 more in its dead-letter queue.
    pub fn new(claims: impl Claims + 'static) -> Self {
        Self {
            claims: Arc::new(claims),
            clock: Clock::system(),
            hold: Duration::from_mins(1),
            keep: Duration::from_hours(24 * 30),
        }
    }

    /// How long an attempt may take before another one takes over. It must be longer than the function's timeout.
    #[must_use]
    pub fn hold(mut self, hold: Duration) -> Self {
        self.hold = hold;
        self
    }

    /// The same with another clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Runs `effect` unless it has run for this key; then answers what it answered. While another attempt is at work
    /// the message is to be retried. When the effect fails, the next attempt runs it again.
    pub async fn once<R, F>(&self, key: &str, effect: impl FnOnce() -> F) -> Result<R, Failure>
    where
        R: Serialize + DeserializeOwned,
        F: Future<Output = Result<R, Failure>>,
    {
        let (token, now) = (self.clock.id(), self.clock.now());
        match self.claims.claim(key, &token, now, now + self.hold).await? {
            Claim::Completed(result) => return Ok(serde_json::from_str(&result)?),
            Claim::Held(until) => {
                let wait = Duration::try_from(until.duration_since(now)).unwrap_or_default();
                return Err(Failure::retry(format!("another attempt at {key} is at work")).after(wait));
            }
            Claim::Granted => {}
        }
        match effect().await {
            Ok(result) => {
                let expires = self.clock.now() + self.keep;
                self.claims.complete(key, &token, &serde_json::to_string(&result)?, expires).await?;
                Ok(result)
            }
            Err(failure) => {
                if let Err(error) = self.claims.release(key, &token).await {
                    tracing::warn!(%error, "the next attempt waits until the claim's time is up");
                }
                Err(failure)
            }
        }
    }
}
