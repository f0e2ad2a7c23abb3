//! Values over time in bounded memory.

use std::time::Duration;

use super::agenda::Micros;
use super::{duration, micros};
use crate::{Peak, Series};

/// Intervals of a series at most. One more, and neighbours are joined.
const INTERVALS_MAX: usize = 1_440;

/// Intervals while messages arrive, at most.
const INTERVALS_WANTED: u64 = 720;

/// The interval for a run: a round one.
pub(super) fn interval(lasts: Duration) -> Micros {
    const MILLIS: [u64; 20] = [
        100, 200, 500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000,
        1_800_000, 3_600_000, 7_200_000, 21_600_000, 43_200_000, 86_400_000,
    ];
    let least = micros(lasts) / INTERVALS_WANTED;
    MILLIS.iter().map(|millis| millis * 1_000).find(|interval| *interval >= least).unwrap_or(86_400_000_000)
}

/// A number that goes up and down, with its greatest value in each interval.
#[derive(Debug)]
pub(super) struct Gauge {
    level: u32,
    /// The greatest value of the interval under way.
    most: u32,
    /// When that ends.
    ends: Micros,
    every: Micros,
    values: Vec<f64>,
    peak: u32,
    peak_at: Micros,
}

impl Gauge {
    pub(super) const fn new(every: Micros) -> Self {
        Self { level: 0, most: 0, ends: every, every, values: Vec::new(), peak: 0, peak_at: 0 }
    }

    pub(super) const fn level(&self) -> u32 {
        self.level
    }

    pub(super) const fn peak(&self) -> u32 {
        self.peak
    }

    pub(super) fn up(&mut self, now: Micros) {
        if now >= self.ends {
            self.turn(now);
        }
        self.level += 1;
        if self.level > self.most {
            self.most = self.level;
            if self.level > self.peak {
                (self.peak, self.peak_at) = (self.level, now);
            }
        }
    }

    pub(super) fn down(&mut self, now: Micros) {
        if now >= self.ends {
            self.turn(now);
        }
        self.level -= 1;
    }

    /// Ends the intervals up to `now`.
    #[cold]
    fn turn(&mut self, now: Micros) {
        while now >= self.ends {
            push(&mut self.values, f64::from(self.most), &mut self.every);
            self.most = self.level;
            self.ends = self.every * (self.values.len() as u64 + 1);
        }
    }

    /// The series up to the end, and the greatest value.
    pub(super) fn finish(&mut self, end: Micros) -> (Series, Peak) {
        self.turn(end);
        push(&mut self.values, f64::from(self.most), &mut self.every);
        let series = Series { every: duration(self.every), values: std::mem::take(&mut self.values) };
        (series, Peak { value: f64::from(self.peak), at: duration(self.peak_at) })
    }
}

/// The age of something that grows until something younger takes its place.
#[derive(Debug)]
pub(super) struct Age {
    /// Since when it counts, while there is something.
    since: Option<Micros>,
    most: Micros,
    ends: Micros,
    every: Micros,
    values: Vec<f64>,
    peak: Micros,
    peak_at: Micros,
}

impl Age {
    pub(super) const fn new(every: Micros) -> Self {
        Self { since: None, most: 0, ends: every, every, values: Vec::new(), peak: 0, peak_at: 0 }
    }

    /// Since when the age counts from now on.
    pub(super) fn set(&mut self, now: Micros, since: Option<Micros>) {
        if self.since != since {
            self.reach(now);
            self.since = since;
        }
    }

    /// The age grows up to `now`.
    fn reach(&mut self, now: Micros) {
        while now >= self.ends {
            self.note(self.ends);
            push(&mut self.values, seconds(self.most), &mut self.every);
            self.most = 0;
            self.ends = self.every * (self.values.len() as u64 + 1);
        }
        self.note(now);
    }

    fn note(&mut self, now: Micros) {
        let age = self.since.map_or(0, |since| now.saturating_sub(since));
        self.most = self.most.max(age);
        if age > self.peak {
            (self.peak, self.peak_at) = (age, now);
        }
    }

    /// The series up to the end, and the greatest value, in seconds.
    pub(super) fn finish(&mut self, end: Micros) -> (Series, Peak) {
        self.reach(end);
        push(&mut self.values, seconds(self.most), &mut self.every);
        let series = Series { every: duration(self.every), values: std::mem::take(&mut self.values) };
        (series, Peak { value: seconds(self.peak), at: duration(self.peak_at) })
    }
}

/// Adds an interval; when there are too many, joins two each to one of twice the length.
fn push(values: &mut Vec<f64>, value: f64, every: &mut Micros) {
    values.push(value);
    if values.len() >= INTERVALS_MAX {
        for index in 0..INTERVALS_MAX / 2 {
            values[index] = values[2 * index].max(values[2 * index + 1]);
        }
        values.truncate(INTERVALS_MAX / 2);
        *every *= 2;
    }
}

#[expect(clippy::cast_precision_loss, reason = "it holds for 285 years")]
fn seconds(micros: Micros) -> f64 {
    micros as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_greatest_of_each_interval_is_kept() {
        let mut gauge = Gauge::new(10);
        gauge.up(1);
        gauge.up(2);
        gauge.down(3);
        gauge.up(31);
        gauge.up(32);
        gauge.down(40);
        let (series, peak) = gauge.finish(45);
        assert_eq!(series.values, [2.0, 1.0, 1.0, 3.0, 3.0]);
        assert_eq!(peak, Peak { value: 3.0, at: duration(32) });
    }

    #[test]
    fn ages_grow_until_something_younger_follows() {
        let mut age = Age::new(10_000_000);
        age.set(2_000_000, Some(2_000_000));
        age.set(25_000_000, Some(24_000_000));
        age.set(26_000_000, None);
        let (series, peak) = age.finish(41_000_000);
        assert_eq!(series.values, [8.0, 18.0, 23.0, 0.0, 0.0]);
        assert_eq!(peak, Peak { value: 23.0, at: Duration::from_secs(25) });
    }

    #[test]
    fn long_series_are_joined_and_stay_bounded() {
        let mut gauge = Gauge::new(1);
        gauge.up(0);
        gauge.up(5_000);
        let (series, _) = gauge.finish(10_000);
        assert!(series.values.len() <= INTERVALS_MAX, "{}", series.values.len());
        let every = micros(series.every);
        let change = usize::try_from(5_000 / every).unwrap();
        assert!(series.values[..change].iter().all(|value| value.total_cmp(&1.0).is_eq()), "{every}");
        assert!(series.values[change..].iter().all(|value| value.total_cmp(&2.0).is_eq()));
        assert_eq!(series.values.len() as u64, 10_000 / every + 1);
    }
}
