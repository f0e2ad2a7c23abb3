//! So many records in a second.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use aqueduct_message::Delivery;
use futures_util::future::{BoxFuture, FutureExt as _};
use tokio::time::Instant;

use crate::consume::{Layer, Next, Outcome};

/// Lets through so many records in a second, in this process. The rate of a function is its `MaximumConcurrency` times
/// this; a limit that all of them share takes a store.
///
/// A record waits for its turn as long as the deadline allows, and is postponed where it does not.
#[derive(Debug)]
pub struct RateLimit {
    interval: Duration,
    burst: u32,
    /// When the next turn would come if turns were taken one by one.
    turn: Mutex<Option<Instant>>,
}

impl RateLimit {
    /// So many records a second, and as many at once.
    pub fn per_second(records: u32) -> Self {
        let records = records.max(1);
        Self { interval: Duration::from_secs(1) / records, burst: records, turn: Mutex::default() }
    }

    /// How many records may come at once after a pause.
    #[must_use]
    pub fn burst(mut self, records: u32) -> Self {
        self.burst = records.max(1);
        self
    }

    /// Takes a turn, unless it would come too late: how long until it comes.
    fn take(&self, now: Instant, deadline: Option<Instant>) -> Result<Duration, Duration> {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let earned = now.checked_sub(self.interval * self.burst.saturating_sub(1)).unwrap_or(now);
        let at = turn.map_or(earned, |turn| turn.max(earned));
        let wait = at.saturating_duration_since(now);
        if deadline.is_some_and(|deadline| now + wait >= deadline) {
            return Err(wait);
        }
        *turn = Some(at + self.interval);
        Ok(wait)
    }
}

impl Layer for RateLimit {
    fn handle<'a>(&'a self, delivery: &'a Delivery<'a>, next: Next<'a>) -> BoxFuture<'a, Outcome> {
        async move {
            match self.take(Instant::now(), next.deadline()) {
                Ok(wait) => {
                    tokio::time::sleep(wait).await;
                    next.run(delivery).await
                }
                Err(wait) => Outcome::postpone(wait, "RateLimit", "its turn would come after the deadline"),
            }
        }
        .boxed()
    }
}
