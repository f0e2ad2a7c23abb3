//! How many batches an event source mapping works on at once.

use std::time::Duration;

use crate::Timestamp;

/// Batches at once to begin with.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html>
const START: u32 = 5;

/// Batches at once at most, where the mapping sets no maximum.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html>
const MAX: u32 = 1_250;

/// The documented 300 more a minute, spread evenly.
const STEP: Duration = Duration::from_millis(200);

/// The scaling of a standard queue's mapping: five at first, 300 more a minute while all are in use.
///
/// Lambda scales on messages that wait; here, the use of every batch stands for that. The documented fall to two
/// batches after a long time without messages, and the unpublished rate at which errors reduce polling, are not
/// modelled.
#[derive(Clone, Debug, Default)]
pub(super) struct Ramp {
    saturated_since: Option<Timestamp>,
    reached: u32,
}

impl Ramp {
    /// Batches allowed at once.
    pub(super) fn allowed(&self, now: Timestamp, concurrency_max: Option<u32>) -> usize {
        let grown = self.saturated_since.map_or(0, |since| now.since(since).as_millis() / STEP.as_millis());
        let base = self.reached.max(START);
        let allowed = base.saturating_add(u32::try_from(grown).unwrap_or(MAX)).min(MAX);
        usize::try_from(allowed.min(concurrency_max.unwrap_or(MAX))).unwrap_or(usize::MAX)
    }

    /// Says how many batches are in use now.
    pub(super) fn used(&mut self, now: Timestamp, batches: usize, concurrency_max: Option<u32>) {
        let allowed = self.allowed(now, concurrency_max);
        if batches == 0 {
            *self = Self::default();
        } else if batches < allowed {
            self.reached = u32::try_from(allowed).unwrap_or(MAX);
            self.saturated_since = None;
        } else if self.saturated_since.is_none() {
            self.saturated_since = Some(now);
        }
    }

    /// When the next batch becomes allowed.
    pub(super) fn next_step(&self, now: Timestamp, concurrency_max: Option<u32>) -> Option<Timestamp> {
        let since = self.saturated_since?;
        let allowed = self.allowed(now, concurrency_max);
        if allowed >= usize::try_from(concurrency_max.unwrap_or(MAX).min(MAX)).unwrap_or(usize::MAX) {
            return None;
        }
        let steps = u32::try_from(now.since(since).as_millis() / STEP.as_millis()).ok()?;
        Some(since + STEP * (steps + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp::from_millis(1_000_000);

    #[test]
    fn five_at_first_then_three_hundred_a_minute() {
        let mut ramp = Ramp::default();
        assert_eq!(ramp.allowed(AT, None), 5);
        ramp.used(AT, 5, None);
        assert_eq!(ramp.allowed(AT + Duration::from_mins(1), None), 305);
        assert_eq!(ramp.allowed(AT + Duration::from_hours(1), None), 1_250);
        assert_eq!(ramp.next_step(AT, None), Some(AT + STEP));
    }

    #[test]
    fn a_maximum_holds_and_ends_the_steps() {
        let mut ramp = Ramp::default();
        ramp.used(AT, 2, Some(2));
        assert_eq!(ramp.allowed(AT + Duration::from_mins(1), Some(2)), 2);
        assert_eq!(ramp.next_step(AT, Some(2)), None);
    }

    #[test]
    fn an_idle_mapping_starts_again() {
        let mut ramp = Ramp::default();
        ramp.used(AT, 5, None);
        ramp.used(AT + Duration::from_mins(1), 0, None);
        assert_eq!(ramp.allowed(AT + Duration::from_secs(61), None), 5);
    }
}
