//! How long a function tries a message that fails.

use std::time::Duration;

use serde::{Deserialize, Serialize};

/// How a function tries a message from a queue again. What is not said is left to the queue: its visibility timeout and its
/// `maxReceiveCount`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Retries {
    /// After how many receives it rejects the message itself; `None` when the queue's `maxReceiveCount` says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
    /// How many seconds lie at least between the first of its attempts and the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub patience_seconds: Option<u64>,
    /// How long it holds a failed message back; `None` when the message comes back as its visibility timeout ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub backoff: Option<Backoff>,
}

/// Waits that grow: `first`, that times `factor`, that times `factor` again… up to `longest`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Backoff {
    /// The wait after the first attempt, in milliseconds.
    pub first_millis: u64,
    /// How the wait grows with each attempt; less than 1 counts as 1.
    pub factor: f64,
    /// The longest wait, in milliseconds.
    pub longest_millis: u64,
    /// How far messages spread.
    #[serde(default)]
    pub jitter: Jitter,
}

/// How far the waits of messages that failed together spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Jitter {
    /// Not at all.
    #[default]
    None,
    /// From half of the wait to the whole.
    Half,
    /// From nothing to the whole wait.
    Full,
}

/// SQS allows no more receives before a redrive, and waits have long stopped growing by then.
const GROWING_MAX: u32 = 1_000;

impl Retries {
    /// Retries with what they come to: attempts that are known span a time that is known.
    pub fn new(attempts: Option<u32>, backoff: Option<Backoff>) -> Self {
        let patience_seconds = attempts.zip(backoff).map(|(attempts, backoff)| backoff.least(attempts).as_secs());
        Self { attempts, patience_seconds, backoff }
    }

    /// The time between the first of so many receives and the last one, at least, on a queue with this visibility timeout.
    ///
    /// ```
    /// use std::time::Duration;
    /// use aqueduct_contract::Retries;
    ///
    /// let retries = Retries::default();
    /// assert_eq!(retries.span(5, Duration::from_secs(60)), Duration::from_mins(4));
    /// ```
    pub fn span(&self, receives: u32, visibility: Duration) -> Duration {
        match (self.backoff, self.attempts.zip(self.patience_seconds)) {
            (_, Some((attempts, patience))) if attempts == receives => Duration::from_secs(patience),
            (Some(backoff), _) => backoff.least(receives),
            (None, _) => visibility.saturating_mul(receives.saturating_sub(1)),
        }
    }
}

impl Backoff {
    /// The time between the first of so many receives and the last one, at least.
    pub fn least(&self, receives: u32) -> Duration {
        let share = match self.jitter {
            Jitter::None => 1.0,
            Jitter::Half => 0.5,
            Jitter::Full => 0.0,
        };
        Duration::try_from_secs_f64(self.most(receives).as_secs_f64() * share).unwrap_or(Duration::MAX)
    }

    /// The time between the first of so many receives and the last one, at most, while the queue hands messages over when their
    /// wait is over.
    pub fn most(&self, receives: u32) -> Duration {
        let waits = receives.saturating_sub(1);
        let longest = Duration::from_millis(self.longest_millis).as_secs_f64();
        let mut wait = Duration::from_millis(self.first_millis).as_secs_f64().min(longest);
        let mut total = 0.0;
        for _ in 0..waits.min(GROWING_MAX) {
            total += wait;
            wait = (wait * self.factor.max(1.0)).min(longest);
        }
        total += wait * f64::from(waits.saturating_sub(GROWING_MAX));
        Duration::try_from_secs_f64(total).unwrap_or(Duration::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEFAULT: Backoff =
        Backoff { first_millis: 2_000, factor: 2.0, longest_millis: 900_000, jitter: Jitter::Half };

    #[test]
    fn waits_add_up_between_the_first_receive_and_the_last() {
        for (jitter, receives, seconds) in [
            (Jitter::None, 0, 0),
            (Jitter::None, 1, 0),
            (Jitter::None, 2, 2),
            (Jitter::None, 5, 30),
            (Jitter::Half, 5, 15),
            (Jitter::Half, 9, 255),
            (Jitter::Full, 9, 0),
            (Jitter::None, 11, 1_022 + 900),
            (Jitter::None, 1_010, 1_022 + 900 * 1_000),
            (Jitter::None, 3_010, 1_022 + 900 * 3_000),
        ] {
            let backoff = Backoff { jitter, ..DEFAULT };
            assert_eq!(backoff.least(receives).as_secs(), seconds, "{receives} receives, {jitter:?}");
        }
        assert_eq!(DEFAULT.most(5).as_secs(), 30);
        let shrinking = Backoff { factor: 0.5, ..DEFAULT };
        assert_eq!(shrinking.most(4).as_secs(), 6);
        let endless = Backoff { first_millis: u64::MAX, longest_millis: u64::MAX, ..DEFAULT };
        assert!(endless.most(u32::MAX) > Duration::from_hours(24 * 365 * 1_000));
    }

    #[test]
    fn what_ends_first_says_which_span_counts() {
        let minute = Duration::from_mins(1);
        let own = Retries::new(Some(9), Some(DEFAULT));
        assert_eq!(own.patience_seconds, Some(255));
        assert_eq!([9, 5].map(|receives| own.span(receives, minute).as_secs()), [255, 15]);
        assert_eq!(Retries::default().span(5, minute).as_secs(), 240);
        let told = Retries { attempts: Some(3), patience_seconds: Some(40), backoff: None };
        assert_eq!([3, 2].map(|receives| told.span(receives, minute).as_secs()), [40, 60]);
    }
}
