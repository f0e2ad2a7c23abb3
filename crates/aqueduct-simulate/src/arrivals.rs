//! When messages arrive.

use std::time::Duration;

use aqueduct_services::Ids;

use crate::Workload;

/// The times of a workload's arrivals, from the start, in order.
///
/// Gaps are uniform between nothing and twice the mean, in whole microseconds, so that no platform rounds differently.
#[derive(Debug)]
pub(crate) struct Arrivals {
    chance: Ids,
    mean_gap: u64,
    at: u64,
    lasts: u64,
}

impl Arrivals {
    pub(crate) fn new(workload: &Workload, chance: Ids) -> Self {
        let mean_gap = 60_000_000 / u64::from(workload.per_minute.max(1));
        let lasts = if workload.per_minute == 0 { Duration::ZERO } else { workload.lasts };
        Self { chance, mean_gap, at: 0, lasts: u64::try_from(lasts.as_micros()).unwrap_or(u64::MAX) }
    }
}

impl Iterator for Arrivals {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.at += self.chance.next_u64() % (2 * self.mean_gap + 1);
        (self.at < self.lasts).then(|| Duration::from_micros(self.at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrivals_keep_their_rate() {
        let workload =
            Workload { queue: "Queue".to_owned(), per_minute: 600, lasts: Duration::from_mins(10), groups: 1 };
        let count = Arrivals::new(&workload, Ids::new(3)).count();
        assert!((5_700..6_300).contains(&count), "{count}");
        let none = Workload { per_minute: 0, ..workload };
        assert_eq!(Arrivals::new(&none, Ids::new(3)).count(), 0);
    }
}
