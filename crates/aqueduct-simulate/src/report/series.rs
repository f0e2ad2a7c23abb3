//! Values over time.

use std::time::Duration;

use serde::Serialize;

use super::seconds;
use crate::words;

/// Values at equal distances of time; each is the greatest of its interval, or the sum for counts.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Series {
    /// The interval.
    #[serde(serialize_with = "seconds")]
    pub every: Duration,
    /// One value for each.
    pub values: Vec<f64>,
}

/// The greatest value, and when it was first reached.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Peak {
    /// The value; ages are seconds.
    pub value: f64,
    /// When.
    #[serde(serialize_with = "seconds")]
    pub at: Duration,
}

impl Series {
    /// The end of the last interval that has more than nothing.
    pub(super) fn last_positive(&self) -> Duration {
        let intervals = self.values.iter().rposition(|value| *value > 0.0).map_or(0, |place| place + 1);
        self.every.saturating_mul(u32::try_from(intervals).unwrap_or(u32::MAX))
    }

    /// The greatest values of `parts` equal parts of the time up to `until`.
    pub fn in_parts(&self, until: Duration, parts: usize) -> Vec<f64> {
        let every = self.every.as_secs_f64();
        if every <= 0.0 || parts == 0 {
            return vec![0.0; parts];
        }
        let length = until.as_secs_f64() / words::real(parts as u64) / every;
        let place = |part: usize| usize::try_from(words::whole((words::real(part as u64) * length).floor()));
        let greatest = |part: usize| {
            let from = place(part).unwrap_or(usize::MAX).min(self.values.len());
            // A part that is shorter than an interval has that interval's value.
            let to = place(part + 1).unwrap_or(usize::MAX).max(from + 1).min(self.values.len());
            self.values[from..to].iter().copied().fold(0.0, f64::max)
        };
        (0..parts).map(greatest).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_is_seen_in_parts() {
        let series = Series { every: Duration::from_mins(1), values: vec![1.0, 5.0, 2.0, 0.0, 7.0, 0.0] };
        assert_eq!(series.in_parts(Duration::from_mins(6), 3), [5.0, 2.0, 7.0]);
        assert_eq!(series.in_parts(Duration::from_mins(6), 12)[..4], [1.0, 1.0, 5.0, 5.0]);
        assert_eq!(series.in_parts(Duration::from_mins(12), 4), [5.0, 7.0, 0.0, 0.0]);
        assert_eq!(Series::default().in_parts(Duration::from_mins(1), 2), [0.0, 0.0]);
        assert_eq!(series.last_positive(), Duration::from_mins(5));
    }
}
