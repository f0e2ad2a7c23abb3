//! When items arrive.

use std::time::Duration;

use super::agenda::{Micros, NEVER};
use super::chance::Chance;
use super::micros;

/// A day, in microseconds.
const DAY: f64 = 86_400e6;

/// When the items of one set of arrivals come.
#[derive(Clone, Debug)]
pub(super) enum Pace {
    /// At equal gaps of so many microseconds, the first one at the start.
    Constant { gap: f64 },
    /// At gaps from an exponential distribution of this mean in microseconds.
    Poisson { gap: f64 },
    /// At a rate that goes through the day.
    Daily(Curve),
    /// So many at one time.
    Burst { at: Micros, items: u64 },
    /// At these times, in order.
    Trace(Vec<Micros>),
}

/// A rate that goes through the day in straight lines.
#[derive(Clone, Debug)]
pub(super) struct Curve {
    /// Times of day in microseconds, from 0 to a day, and the rate there, in items a microsecond.
    points: Vec<(f64, f64)>,
    /// The time of day at the start.
    start: f64,
}

impl Curve {
    /// The curve through these points (time of day, items a second), round the clock.
    ///
    /// There is at least one point.
    pub(super) fn new(points: &[(Duration, f64)], start: Duration) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "a day has 8.64e10 microseconds")]
        let at = |time: Duration| micros(time) as f64;
        let mut points: Vec<(f64, f64)> = points.iter().map(|(time, rate)| (at(*time), rate / 1e6)).collect();
        points.sort_by(|one, other| one.0.total_cmp(&other.0));
        let (first, last) = (points[0], points[points.len() - 1]);
        let to_first = first.0 + DAY - last.0;
        let midnight = if to_first > 0.0 { last.1 + (first.1 - last.1) * (DAY - last.0) / to_first } else { first.1 };
        if first.0 > 0.0 {
            points.insert(0, (0.0, midnight));
        }
        points.push((DAY, midnight));
        Self { points, start: at(start) }
    }

    fn is_silent(&self) -> bool {
        self.points.iter().all(|(_, rate)| *rate <= 0.0)
    }

    /// The time after `from` at which the rate has added up to `amount`.
    fn after(&self, from: f64, mut amount: f64) -> f64 {
        let mut time = from;
        loop {
            let of_day = (time + self.start) % DAY;
            let next = self.points.iter().position(|(at, _)| *at > of_day).unwrap_or(self.points.len() - 1).max(1);
            let ((begin, rate), (end, end_rate)) = (self.points[next - 1], self.points[next]);
            let slope = (end_rate - rate) / (end - begin);
            let here = rate + slope * (of_day - begin);
            let left = end - of_day;
            let area = f64::midpoint(here, end_rate) * left;
            if amount <= area {
                return time + 2.0 * amount / (here + (here * here + 2.0 * slope * amount).max(0.0).sqrt());
            }
            amount -= area;
            // A step that rounding swallows would never end.
            time += left.max(1.0);
        }
    }
}

/// The arrivals of one set, one after the other.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    pace: Pace,
    chance: Chance,
    /// When messages stop arriving.
    ends: Micros,
    /// How many came.
    count: u64,
    /// The time of the last one, with its fraction.
    time: f64,
    /// When the next one comes.
    next: Micros,
}

impl Stream {
    pub(super) fn new(pace: Pace, ends: Micros, chance: Chance) -> Self {
        let mut stream = Self { pace, chance, ends, count: 0, time: 0.0, next: NEVER };
        stream.next = stream.find();
        stream
    }

    /// When the next one comes; [`NEVER`] when there is none.
    pub(super) const fn next(&self) -> Micros {
        self.next
    }

    /// The next one came.
    pub(super) fn advance(&mut self) {
        self.count += 1;
        self.next = self.find();
    }

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "times are positive and far below 2 to the power of 53"
    )]
    fn find(&mut self) -> Micros {
        let at = match &self.pace {
            Pace::Constant { gap } => (self.count as f64 * gap) as Micros,
            Pace::Poisson { gap } => {
                self.time += self.chance.exponential() * gap;
                self.time as Micros
            }
            Pace::Daily(curve) if curve.is_silent() => NEVER,
            Pace::Daily(curve) => {
                self.time = curve.after(self.time, self.chance.exponential());
                self.time as Micros
            }
            Pace::Burst { at, items } => {
                if self.count < *items {
                    *at
                } else {
                    NEVER
                }
            }
            Pace::Trace(times) => {
                usize::try_from(self.count).ok().and_then(|count| times.get(count)).copied().unwrap_or(NEVER)
            }
        };
        if at < self.ends { at } else { NEVER }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn times(pace: Pace, ends: Micros) -> Vec<Micros> {
        let mut stream = Stream::new(pace, ends, Chance::new(9, 0));
        let mut times = Vec::new();
        while stream.next() != NEVER {
            times.push(stream.next());
            stream.advance();
        }
        times
    }

    #[test]
    fn constant_bursts_and_traces_come_when_they_are_said_to() {
        assert_eq!(times(Pace::Constant { gap: 250_000.0 }, 1_000_000), [0, 250_000, 500_000, 750_000]);
        assert_eq!(times(Pace::Burst { at: 5, items: 3 }, 1_000_000), [5, 5, 5]);
        assert_eq!(times(Pace::Trace(vec![1, 1, 7, 2_000_000]), 1_000_000), [1, 1, 7]);
    }

    /// A Poisson number of a million has a standard deviation of a thousand: five of them.
    #[test]
    fn poisson_arrivals_come_at_their_rate() {
        let count = times(Pace::Poisson { gap: 1_000.0 }, 1_000_000_000).len();
        assert!(count.abs_diff(1_000_000) < 5_000, "{count}");
    }

    /// Each hour's number is within five standard deviations of the area under the curve.
    #[test]
    fn a_day_has_the_area_under_its_curve() {
        let hours = |hours: u64| Duration::from_hours(hours);
        let points = [(hours(8), 10.0), (hours(12), 50.0), (hours(20), 0.0)];
        let rate = |hour: f64| match hour {
            hour if hour < 8.0 => 10.0 * (hour + 4.0) / 12.0,
            hour if hour < 12.0 => 10.0 + 40.0 * (hour - 8.0) / 4.0,
            hour if hour < 20.0 => 50.0 * (20.0 - hour) / 8.0,
            hour => 10.0 * (hour - 20.0) / 12.0,
        };
        let start = 6;
        let arrivals = times(Pace::Daily(Curve::new(&points, hours(start))), micros(hours(48)));
        let mut counts = [0_u32; 48];
        for at in arrivals {
            counts[usize::try_from(at / 3_600_000_000).unwrap()] += 1;
        }
        for (hour, count) in (0_u64..).zip(counts) {
            let of_day = f64::from(u32::try_from((hour + start) % 24).unwrap());
            let expected = f64::midpoint(rate(of_day), rate(of_day + 0.999_999)) * 3_600.0;
            assert!((f64::from(count) - expected).abs() < 5.0 * expected.sqrt() + 1.0, "{hour}: {count}, {expected}");
        }
    }
}
