//! How many batches an event source mapping works on at once.

use std::time::Duration;

use super::Settings;
use super::settings::{MAX_POLLERS_DEFAULT, MIN_POLLERS_DEFAULT};
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
pub(super) struct Scale {
    start: u32,
    step: Duration,
    max: u32,
}

impl Scale {
    /// That of a standard queue's mapping.
    pub(super) fn of(settings: &Settings) -> Self {
        match (settings.provisioned, settings.concurrency_max) {
            (Some(pollers), _) => Self {
                start: pollers.min.unwrap_or(MIN_POLLERS_DEFAULT) * BATCHES_PER_POLLER,
                step: PROVISIONED_STEP,
                max: pollers.max.unwrap_or(MAX_POLLERS_DEFAULT) * BATCHES_PER_POLLER,
            },
            (None, max) => Self { start: START, step: STEP, max: max.unwrap_or(MAX) },
        }
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
#[derive(Clone, Debug, Default)]
pub(super) struct Ramp {
    saturated_since: Option<Timestamp>,
    /// Where growth began; `None` stands for the scale's start.
    base: Option<u32>,
}

impl Ramp {
    /// Batches allowed at once.
    pub(super) fn allowed(&self, now: Timestamp, scale: Scale) -> usize {
        let grown = self.saturated_since.map_or(0, |since| now.since(since).as_millis() / scale.step.as_millis());
        let base = self.base.unwrap_or(scale.start);
        let allowed = base.saturating_add(u32::try_from(grown).unwrap_or(u32::MAX)).min(scale.max);
        usize::try_from(allowed).unwrap_or(usize::MAX)
    }

    /// Says how many batches are in use now.
    pub(super) fn used(&mut self, now: Timestamp, batches: usize, scale: Scale) {
        let allowed = self.allowed(now, scale);
        if batches == 0 {
            *self = Self::default();
        } else if batches < allowed {
            self.base = u32::try_from(allowed).ok();
            self.saturated_since = None;
        } else if self.saturated_since.is_none() {
            self.saturated_since = Some(now);
        }
    }

    /// A batch failed.
    pub(super) fn failed(&mut self, now: Timestamp, scale: Scale) {
        self.base = u32::try_from(self.allowed(now, scale) / 2).ok().map(|half| half.max(1));
        self.saturated_since = None;
    }

    /// When the next batch becomes allowed.
    pub(super) fn next_step(&self, now: Timestamp, scale: Scale) -> Option<Timestamp> {
        let since = self.saturated_since?;
        if self.allowed(now, scale) >= usize::try_from(scale.max).unwrap_or(usize::MAX) {
            return None;
        }
        let steps = u32::try_from(now.since(since).as_millis() / scale.step.as_millis()).ok()?;
        Some(since + scale.step * (steps + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lambda::api::ProvisionedPollers;

    const AT: Timestamp = Timestamp::from_millis(1_000_000);

    fn scale(concurrency_max: Option<u32>, provisioned: Option<ProvisionedPollers>) -> Scale {
        Scale::of(&Settings { concurrency_max, provisioned, ..Settings::default() })
    }

    #[test]
    fn five_at_first_then_three_hundred_a_minute() {
        let (mut ramp, scale) = (Ramp::default(), scale(None, None));
        assert_eq!(ramp.allowed(AT, scale), 5);
        ramp.used(AT, 5, scale);
        assert_eq!(ramp.allowed(AT + Duration::from_mins(1), scale), 305);
        assert_eq!(ramp.allowed(AT + Duration::from_hours(1), scale), 1_250);
        assert_eq!(ramp.next_step(AT, scale), Some(AT + STEP));
    }

    #[test]
    fn a_maximum_holds_and_ends_the_steps() {
        let (mut ramp, scale) = (Ramp::default(), scale(Some(2), None));
        ramp.used(AT, 2, scale);
        assert_eq!(ramp.allowed(AT + Duration::from_mins(1), scale), 2);
        assert_eq!(ramp.next_step(AT, scale), None);
    }

    #[test]
    fn provisioned_pollers_work_on_ten_batches_each() {
        let pollers = ProvisionedPollers { min: Some(3), max: Some(100) };
        let (mut ramp, scale) = (Ramp::default(), scale(None, Some(pollers)));
        assert_eq!(ramp.allowed(AT, scale), 30);
        ramp.used(AT, 30, scale);
        assert_eq!(ramp.allowed(AT + Duration::from_secs(30), scale), 530);
        assert_eq!(ramp.allowed(AT + Duration::from_mins(1), scale), 1_000);
    }

    #[test]
    fn a_failure_halves_what_is_allowed() {
        let (mut ramp, scale) = (Ramp::default(), scale(None, None));
        for allowed in [2, 1, 1] {
            ramp.failed(AT, scale);
            assert_eq!(ramp.allowed(AT, scale), allowed);
        }
        ramp.used(AT, 1, scale);
        assert_eq!(ramp.allowed(AT + Duration::from_secs(1), scale), 6);
    }

    #[test]
    fn an_idle_mapping_starts_again() {
        let (mut ramp, scale) = (Ramp::default(), scale(None, None));
        ramp.used(AT, 5, scale);
        ramp.used(AT + Duration::from_mins(1), 0, scale);
        assert_eq!(ramp.allowed(AT + Duration::from_secs(61), scale), 5);
    }
}
