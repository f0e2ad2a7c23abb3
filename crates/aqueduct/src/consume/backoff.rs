//! How long a failed message stays away, by how often it has been received.

use std::time::Duration;

use aqueduct_message::Delivery;

/// Exponential backoff with a spread: `first`, twice that, four times that… up to `longest`.
///
/// The spread comes from the message's id and not from chance, so that the messages of a failed batch come back
/// apart from each other, and a test sees the same times every run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// The wait after the first failed attempt.
    pub first: Duration,
    /// The longest wait. SQS keeps a message invisible for at most 12 hours from its receipt.
    pub longest: Duration,
}

impl Default for Backoff {
    /// From 2 seconds to 15 minutes.
    fn default() -> Self {
        Self { first: Duration::from_secs(2), longest: Duration::from_mins(15) }
    }
}

impl Backoff {
    /// The wait before the next attempt: between half of the step and the whole.
    pub fn wait(&self, delivery: &Delivery) -> Duration {
        let doublings = delivery.receive_count.saturating_sub(1).min(30);
        let step = self.first.saturating_mul(1 << doublings).min(self.longest);
        step / 2 + (step / 2).mul_f64(spread(&delivery.id))
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
        let backoff = Backoff { first: Duration::from_secs(2), longest: Duration::from_mins(1) };
        for (receive_count, step) in [(1, 2), (2, 4), (3, 8), (5, 32), (6, 60), (1_000, 60)] {
            let wait = backoff.wait(&delivery("m-1", receive_count));
            let step = Duration::from_secs(step);
            assert!(step / 2 <= wait && wait <= step, "receive {receive_count}: {wait:?} of {step:?}");
        }
    }

    #[test]
    fn messages_spread_and_each_keeps_its_place() {
        let backoff = Backoff::default();
        assert_eq!(backoff.wait(&delivery("a", 3)), backoff.wait(&delivery("a", 3)));
        assert_ne!(backoff.wait(&delivery("a", 3)), backoff.wait(&delivery("b", 3)));
    }
}
