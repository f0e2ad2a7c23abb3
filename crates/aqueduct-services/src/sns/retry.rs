//! When a delivery is tried again.
//!
//! Source: <https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html>. AWS spreads the waits by a
//! jitter that it does not publish; these have none.

use std::time::Duration;

use serde_json::{Map, Value, json};

/// The waits of the back-off phase, in milliseconds: ten steps that grow exponentially from 1 s to 20 s.
const BACK_OFF: [u64; 10] = [1000, 1395, 1946, 2714, 3787, 5283, 7370, 10_281, 14_342, 20_000];

/// Attempts beyond the first one, over 23 days.
pub(super) const MANAGED_RETRIES_MAX: u32 = 100_015;

/// The waits of one delivery to an HTTP endpoint together are no longer: "a hard limit".
pub(super) const HTTP_RETRY_TIME_MAX: Duration = Duration::from_hours(1);

/// How long SNS waits after the given number of failed attempts on an AWS-managed endpoint, or `None` when it gives up.
pub(super) fn managed_wait(failures: u32) -> Option<Duration> {
    let millis = match failures {
        0..=3 => 0,
        4 | 5 => 1000,
        6..=15 => BACK_OFF[failures as usize - 6],
        16..=MANAGED_RETRIES_MAX => 20_000,
        _ => return None,
    };
    Some(Duration::from_millis(millis))
}

/// How the waits of a back-off phase grow from the first to the last.
///
/// AWS draws the four curves and gives no formulas. Here the steps between two waits are equal (linear), grow by an
/// equal amount (arithmetic), or double (exponential), or each wait is the one before times the same factor (geometric).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Backoff {
    Linear,
    Arithmetic,
    Geometric,
    Exponential,
}

impl Backoff {
    /// Reads its name; case does not matter.
    pub(super) fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "linear" => Some(Self::Linear),
            "arithmetic" => Some(Self::Arithmetic),
            "geometric" => Some(Self::Geometric),
            "exponential" => Some(Self::Exponential),
            _ => None,
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Linear => "linear",
            Self::Arithmetic => "arithmetic",
            Self::Geometric => "geometric",
            Self::Exponential => "exponential",
        }
    }

    /// The wait of step `step` of `steps`, counted from 0, between `min` and `max` seconds.
    fn wait(self, step: u32, steps: u32, min: u32, max: u32) -> Duration {
        let last = f64::from(steps.saturating_sub(1).max(1));
        let (step, min, max) = (f64::from(step), f64::from(min), f64::from(max));
        let share = match self {
            Self::Linear => step / last,
            Self::Arithmetic => step * (step + 1.0) / (last * (last + 1.0)),
            Self::Exponential => (step.exp2() - 1.0) / (last.exp2() - 1.0),
            Self::Geometric => {
                return Duration::from_secs_f64(min * (max / min).powf(step / last));
            }
        };
        Duration::from_secs_f64(min + (max - min) * share)
    }
}

/// A `healthyRetryPolicy`: the four phases of retries to an HTTP endpoint. Delays are in seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct RetryPolicy {
    pub(super) min_delay: u32,
    /// At least `min_delay`, which is at least 1.
    pub(super) max_delay: u32,
    /// All retries; at least those of the three phases below together.
    pub(super) retries: u32,
    pub(super) max_delay_retries: u32,
    pub(super) no_delay_retries: u32,
    pub(super) min_delay_retries: u32,
    pub(super) backoff: Backoff,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            min_delay: 20,
            max_delay: 20,
            retries: 3,
            max_delay_retries: 0,
            no_delay_retries: 0,
            min_delay_retries: 0,
            backoff: Backoff::Linear,
        }
    }
}

impl RetryPolicy {
    /// How long SNS waits after the given number of failed attempts, or `None` when it gives up.
    pub(super) fn wait(&self, failures: u32) -> Option<Duration> {
        let retry = failures.checked_sub(1).filter(|retry| *retry < self.retries)?;
        let seconds = |seconds: u32| Some(Duration::from_secs(u64::from(seconds)));
        let Some(retry) = retry.checked_sub(self.no_delay_retries) else { return Some(Duration::ZERO) };
        let Some(retry) = retry.checked_sub(self.min_delay_retries) else { return seconds(self.min_delay) };
        let phases = [self.no_delay_retries, self.min_delay_retries, self.max_delay_retries];
        let steps = phases.into_iter().fold(self.retries, u32::saturating_sub);
        if retry >= steps {
            return seconds(self.max_delay);
        }
        Some(self.backoff.wait(retry, steps, self.min_delay, self.max_delay))
    }

    /// As an effective policy shows it.
    pub(super) fn to_json(&self) -> Map<String, Value> {
        let members = [
            ("minDelayTarget", json!(self.min_delay)),
            ("maxDelayTarget", json!(self.max_delay)),
            ("numRetries", json!(self.retries)),
            ("numMaxDelayRetries", json!(self.max_delay_retries)),
            ("numNoDelayRetries", json!(self.no_delay_retries)),
            ("numMinDelayRetries", json!(self.min_delay_retries)),
            ("backoffFunction", json!(self.backoff.name())),
        ];
        members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_phases_of_an_aws_managed_endpoint() {
        let seconds = |failures| managed_wait(failures).map(|wait| wait.as_secs_f64());
        let cases = [
            (1, Some(0.0)),
            (3, Some(0.0)),
            (4, Some(1.0)),
            (5, Some(1.0)),
            (6, Some(1.0)),
            (15, Some(20.0)),
            (16, Some(20.0)),
            (100_015, Some(20.0)),
            (100_016, None),
        ];
        for (failures, expected) in cases {
            assert_eq!(seconds(failures), expected, "after {failures} failures");
        }
        let days = (1..=MANAGED_RETRIES_MAX).filter_map(managed_wait).sum::<Duration>().as_secs() / 86_400;
        assert_eq!(days, 23, "AWS says 23 days");
    }

    #[test]
    fn the_back_off_grows_by_the_same_factor() {
        for pair in BACK_OFF.windows(2) {
            #[expect(clippy::cast_precision_loss, reason = "milliseconds far below 2^52")]
            let factor = pair[1] as f64 / pair[0] as f64;
            assert!((factor - 20_f64.powf(1.0 / 9.0)).abs() < 0.001, "{pair:?}");
        }
    }

    fn waits(policy: &RetryPolicy) -> Vec<u64> {
        (1..).map_while(|failures| policy.wait(failures)).map(|wait| wait.as_secs()).collect()
    }

    #[test]
    fn the_default_tries_three_times_at_twenty_seconds() {
        assert_eq!(waits(&RetryPolicy::default()), [20, 20, 20]);
    }

    /// The sample of the documentation: 3 at once, 2 after a second, 10 growing, 35 after a minute.
    #[test]
    fn a_policy_has_four_phases() {
        let policy = RetryPolicy {
            min_delay: 1,
            max_delay: 60,
            retries: 50,
            no_delay_retries: 3,
            min_delay_retries: 2,
            max_delay_retries: 35,
            backoff: Backoff::Exponential,
        };
        let waits = waits(&policy);
        assert_eq!(waits.len(), 50);
        assert_eq!(waits[..6], [0, 0, 0, 1, 1, 1]);
        assert_eq!(waits[14..], [60; 36]);
        assert!(waits.is_sorted());
    }

    #[test]
    fn every_curve_goes_from_the_least_to_the_most() {
        for backoff in [Backoff::Linear, Backoff::Arithmetic, Backoff::Geometric, Backoff::Exponential] {
            let policy = RetryPolicy { min_delay: 5, max_delay: 260, retries: 10, backoff, ..RetryPolicy::default() };
            let waits = waits(&policy);
            assert_eq!((waits[0], waits[9]), (5, 260), "{backoff:?}");
            assert!(waits.is_sorted(), "{backoff:?} {waits:?}");
            assert_eq!(Backoff::named(backoff.name()), Some(backoff));
            let single = RetryPolicy { retries: 1, ..policy };
            assert_eq!(self::waits(&single), [5], "{backoff:?}");
        }
    }
}
