//! How fast Lambda takes on work: batches at once of an event source mapping, and waits before another attempt.
//!
//! Whoever keeps its own messages, such as a simulation, paces them with what is here.

use std::time::Duration;

use super::mapping::settings::{MAX_POLLERS_DEFAULT, MIN_POLLERS_DEFAULT};
use crate::Timestamp;

/// Batches at once to begin with, and at most, where nothing is set.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html>
const START: u32 = 5;
const MAX: u32 = 1_250;

/// The documented 300 more a minute, spread evenly.
const STEP: Duration = Duration::from_millis(200);

/// Batches at once of one provisioned poller, and the documented 1,000 more a minute of all of them.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html>
const BATCHES_PER_POLLER: u32 = 10;
const PROVISIONED_STEP: Duration = Duration::from_millis(60);

/// Where a mapping starts, how fast it grows, and how far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scale {
    start: u32,
    step: Duration,
    max: u32,
}

impl Scale {
    /// That of a standard queue's mapping, with its `MaximumConcurrency`.
    pub fn on_demand(concurrency_max: Option<u32>) -> Self {
        Self { start: START, step: STEP, max: concurrency_max.unwrap_or(MAX) }
    }

    /// That of a mapping with provisioned pollers.
    pub(super) fn provisioned(min: Option<u32>, max: Option<u32>) -> Self {
        Self {
            start: min.unwrap_or(MIN_POLLERS_DEFAULT) * BATCHES_PER_POLLER,
            step: PROVISIONED_STEP,
            max: max.unwrap_or(MAX_POLLERS_DEFAULT) * BATCHES_PER_POLLER,
        }
    }

    /// Steps between two times.
    fn steps(self, since: Timestamp, now: Timestamp) -> u32 {
        let (waited, step) = (now.as_millis().saturating_sub(since.as_millis()), u64::from(self.step.subsec_millis()));
        u32::try_from(waited / step).unwrap_or(u32::MAX)
    }
}

/// The scaling of a standard queue's mapping: five at first, 300 more a minute while all are in use; half as many after
/// a batch that failed, at least one.
///
/// Lambda scales on messages that wait; here, the use of every batch stands for that. AWS says that errors reduce
/// polling and not by how much: the half is ours. The documented fall to two batches after a long time without messages
/// is not modelled.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>
#[derive(Clone, Copy, Debug, Default)]
pub struct Ramp {
    saturated_since: Option<Timestamp>,
    /// Where growth began; `None` stands for the scale's start.
    base: Option<u32>,
}

impl Ramp {
    /// Batches allowed at once.
    pub fn allowed(&self, now: Timestamp, scale: Scale) -> usize {
        let grown = self.saturated_since.map_or(0, |since| scale.steps(since, now));
        let base = self.base.unwrap_or(scale.start);
        let allowed = base.saturating_add(grown).min(scale.max);
        usize::try_from(allowed).unwrap_or(usize::MAX)
    }

    /// Says how many batches are in use now.
    pub fn used(&mut self, now: Timestamp, batches: usize, scale: Scale) {
        if batches == 0 {
            *self = Self::default();
            return;
        }
        let allowed = self.allowed(now, scale);
        if batches < allowed {
            self.base = u32::try_from(allowed).ok();
            self.saturated_since = None;
        } else if self.saturated_since.is_none() {
            self.saturated_since = Some(now);
        }
    }

    /// A batch failed.
    pub fn failed(&mut self, now: Timestamp, scale: Scale) {
        self.base = u32::try_from(self.allowed(now, scale) / 2).ok().map(|half| half.max(1));
        self.saturated_since = None;
    }

    /// When the next batch becomes allowed.
    pub fn next_step(&self, now: Timestamp, scale: Scale) -> Option<Timestamp> {
        let since = self.saturated_since?;
        if self.allowed(now, scale) >= usize::try_from(scale.max).unwrap_or(usize::MAX) {
            return None;
        }
        Some(since + scale.step * (scale.steps(since, now) + 1))
    }
}

/// How long a batch waits that found no free concurrency, after so many times before: one second, doubled each time, up to
/// a minute. AWS publishes no rate.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>
pub fn batch_throttle_wait(times: u32) -> Duration {
    Duration::from_secs(1).saturating_mul(2_u32.saturating_pow(times.min(6))).min(Duration::from_mins(1))
}

/// How long an asynchronous event waits that found no free concurrency, after so many times before: one second, doubled by
/// each throttle, up to five minutes.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>
pub fn event_throttle_wait(times: u32) -> Duration {
    const LONGEST: Duration = Duration::from_mins(5);
    Duration::from_secs(1).saturating_mul(2_u32.saturating_pow(times.min(16))).min(LONGEST)
}

/// How long an asynchronous event waits whose function failed for the `errors`-th time: one minute, then two.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>
pub const fn event_retry_wait(errors: u32) -> Duration {
    Duration::from_mins(if errors > 1 { 2 } else { 1 })
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp::from_millis(1_000_000);

    #[test]
    fn five_at_first_then_three_hundred_a_minute() {
        let (mut ramp, scale) = (Ramp::default(), Scale::on_demand(None));
        assert_eq!(ramp.allowed(AT, scale), 5);
        ramp.used(AT, 5, scale);
        assert_eq!(ramp.allowed(AT + Duration::from_mins(1), scale), 305);
        assert_eq!(ramp.allowed(AT + Duration::from_hours(1), scale), 1_250);
        assert_eq!(ramp.next_step(AT, scale), Some(AT + STEP));
    }

    #[test]
    fn a_maximum_holds_and_ends_the_steps() {
        let (mut ramp, scale) = (Ramp::default(), Scale::on_demand(Some(2)));
        ramp.used(AT, 2, scale);
        assert_eq!(ramp.allowed(AT + Duration::from_mins(1), scale), 2);
        assert_eq!(ramp.next_step(AT, scale), None);
    }

    #[test]
    fn provisioned_pollers_work_on_ten_batches_each() {
        let (mut ramp, scale) = (Ramp::default(), Scale::provisioned(Some(3), Some(100)));
        assert_eq!(ramp.allowed(AT, scale), 30);
        ramp.used(AT, 30, scale);
        assert_eq!(ramp.allowed(AT + Duration::from_secs(30), scale), 530);
        assert_eq!(ramp.allowed(AT + Duration::from_mins(1), scale), 1_000);
    }

    #[test]
    fn a_failure_halves_what_is_allowed() {
        let (mut ramp, scale) = (Ramp::default(), Scale::on_demand(None));
        for allowed in [2, 1, 1] {
            ramp.failed(AT, scale);
            assert_eq!(ramp.allowed(AT, scale), allowed);
        }
        ramp.used(AT, 1, scale);
        assert_eq!(ramp.allowed(AT + Duration::from_secs(1), scale), 6);
    }

    #[test]
    fn an_idle_mapping_starts_again() {
        let (mut ramp, scale) = (Ramp::default(), Scale::on_demand(None));
        ramp.used(AT, 5, scale);
        ramp.used(AT + Duration::from_mins(1), 0, scale);
        assert_eq!(ramp.allowed(AT + Duration::from_secs(61), scale), 5);
    }

    #[test]
    fn throttled_work_waits_longer_each_time() {
        let seconds = |wait: fn(u32) -> Duration| (0..11).map(|times| wait(times).as_secs()).collect::<Vec<_>>();
        assert_eq!(seconds(batch_throttle_wait), [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60]);
        assert_eq!(seconds(event_throttle_wait), [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        assert_eq!([1, 2].map(|errors| event_retry_wait(errors).as_secs()), [60, 120]);
    }
}
