//! How long a failed message stays away, by how often it has been received.

use std::time::Duration;

use aqueduct_message::Delivery;

/// Exponential backoff with a spread: `first`, that times `factor`, that times `factor` again… up to `longest`.
///
/// The spread comes from the message's id and not from chance, so that the messages of a failed batch come back
/// apart from each other, and a test sees the same times every run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Backoff {
    /// The wait after the first failed attempt.
    pub first: Duration,
    /// How the wait grows with each attempt; fractions count.
    pub factor: f64,
    /// The longest wait. Whatever it says, no wait is longer than SQS allows.
    pub longest: Duration,
    /// How far messages spread.
    pub jitter: Jitter,
}

/// How far the waits of messages that failed together spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Jitter {
    /// Not at all.
    None,
    /// From half of the wait to the whole.
    #[default]
    Half,
    /// From nothing to the whole wait.
    Full,
}

impl Default for Backoff {
    /// From 2 seconds, twice as long each time, to 15 minutes.
    fn default() -> Self {
        Self { first: Duration::from_secs(2), factor: 2.0, longest: Duration::from_mins(15), jitter: Jitter::default() }
    }
}

/// SQS keeps a message invisible for at most 12 hours from its receipt, of which a batch window may have taken 5 minutes
/// and the invocation 15; SQS refuses a longer wait and the message would come back at its queue's own time.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html>
pub(crate) const HOLD_MAX: Duration = Duration::from_mins(12 * 60 - 20);

impl Backoff {
    /// The wait before the next attempt.
    pub fn wait(&self, delivery: &Delivery<'_>) -> Duration {
        self.step(delivery.receive_count, &delivery.id).min(HOLD_MAX)
    }

    /// The wait after so many attempts at something with this id.
    pub(crate) fn step(&self, attempts: u32, id: &str) -> Duration {
        let exponent = i32::try_from(attempts.saturating_sub(1)).unwrap_or(i32::MAX);
        let step = self.first.as_secs_f64() * self.factor.max(1.0).powi(exponent);
        let step = Duration::try_from_secs_f64(step).unwrap_or(Duration::MAX).min(self.longest);
        match self.jitter {
            Jitter::None => step,
            Jitter::Half => step / 2 + (step / 2).mul_f64(spread(id)),
            Jitter::Full => step.mul_f64(spread(id)),
        }
    }
}

/// A number from 0 to 1 that an id always gives (FNV-1a).
fn spread(id: &str) -> f64 {
    let hash = id
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    f64::from(u32::try_from(hash >> 32).unwrap_or_default()) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::consume::tests::delivery;

    #[test]
    fn waits_grow_and_stop_at_the_longest() {
        let backoff = Backoff { longest: Duration::from_mins(1), ..Backoff::default() };
        for (receive_count, step) in [(1, 2), (2, 4), (3, 8), (5, 32), (6, 60), (1_000, 60), (u32::MAX, 60)] {
            let wait = backoff.wait(&delivery("m-1", receive_count));
            let step = Duration::from_secs(step);
            assert!(step / 2 <= wait && wait <= step, "receive {receive_count}: {wait:?} of {step:?}");
        }
    }

    #[test]
    fn messages_spread_and_each_keeps_its_place() {
        let backoff = Backoff { jitter: Jitter::Full, ..Backoff::default() };
        assert_eq!(backoff.wait(&delivery("a", 3)), backoff.wait(&delivery("a", 3)));
        assert_ne!(backoff.wait(&delivery("a", 3)), backoff.wait(&delivery("b", 3)));
    }

    #[test]
    fn trap_a_fraction_of_the_factor_is_not_cut_off() {
        let backoff =
            Backoff { factor: 1.5, jitter: Jitter::None, first: Duration::from_secs(4), ..Backoff::default() };
        let waits = [1, 2, 3].map(|count| backoff.wait(&delivery("m", count)).as_secs_f64());
        assert_eq!(waits.map(|wait| format!("{wait:.1}")), ["4.0", "6.0", "9.0"]);
    }

    #[test]
    fn no_wait_is_longer_than_sqs_allows() {
        let backoff = Backoff { longest: Duration::MAX, jitter: Jitter::None, ..Backoff::default() };
        assert_eq!(backoff.wait(&delivery("m", 1_000)), HOLD_MAX);
    }
}
