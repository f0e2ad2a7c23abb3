//! A scenario run from many seeds.

use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde::Serialize;

use crate::Report;
use crate::words::{count, number, percent, real, span};

/// Makes `tasks` values on `threads` threads; they come back in order, whichever thread was faster.
pub fn in_parallel<T: Send>(threads: NonZeroUsize, tasks: usize, make: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let values: Mutex<Vec<(usize, T)>> = Mutex::new(Vec::with_capacity(tasks));
    std::thread::scope(|scope| {
        for _ in 0..threads.get().min(tasks) {
            scope.spawn(|| {
                loop {
                    let task = next.fetch_add(1, Ordering::Relaxed);
                    if task >= tasks {
                        return;
                    }
                    let value = make(task);
                    values.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((task, value));
                }
            });
        }
    });
    let mut values = values.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    values.sort_by_key(|(task, _)| *task);
    values.into_iter().map(|(_, value)| value).collect()
}

/// What many runs have in common.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Runs {
    /// The seed of the first; the others follow it.
    pub first_seed: u64,
    /// How many.
    pub runs: usize,
    /// How many of them survived.
    pub survived: usize,
    /// Seeds that did not survive, the first ten.
    pub failing_seeds: Vec<u64>,
    /// In which interval the probability of surviving lies, with 95 % confidence: Wilson's score interval.
    pub probability: (f64, f64),
    /// How much runs differ.
    pub spreads: Vec<Spread>,
}

/// How a number is spread over runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Spread {
    /// What is measured.
    pub what: String,
    /// Its unit: `items`, `messages` or `seconds`.
    pub unit: &'static str,
    /// What one run in twenty is below.
    pub p5: f64,
    /// The median.
    pub median: f64,
    /// What one run in twenty is above.
    pub p95: f64,
}

impl Runs {
    /// Sums up runs from consecutive seeds, of which the first is `first_seed`.
    pub fn of(first_seed: u64, reports: &[Report]) -> Self {
        let survived = reports.iter().filter(|report| report.survived()).count();
        let failing = reports.iter().filter(|report| !report.survived()).map(|report| report.seed);
        Self {
            first_seed,
            runs: reports.len(),
            survived,
            failing_seeds: failing.take(10).collect(),
            probability: wilson(survived, reports.len()),
            spreads: spreads(reports),
        }
    }
}

impl Runs {
    /// How many survived and what that says, in words.
    pub fn words(&self) -> String {
        let (low, high) = self.probability;
        format!(
            "{} of {} survive. The probability of surviving lies between {} and {}, with 95 % confidence.",
            count(self.survived as u64),
            count(self.runs as u64),
            percent(low),
            percent(high)
        )
    }
}

impl Spread {
    /// The 5th percentile, the median and the 95th, with their unit.
    pub fn shown(&self) -> [String; 3] {
        [self.p5, self.median, self.p95].map(|value| match self.unit {
            "seconds" => span(Duration::from_secs_f64(value.max(0.0))),
            _ => number(value),
        })
    }
}

fn spreads(reports: &[Report]) -> Vec<Spread> {
    let of = |what: &str, unit, value: &dyn Fn(&Report) -> Option<f64>| {
        spread(what.to_owned(), unit, reports.iter().filter_map(value).collect())
    };
    let mut spreads = vec![
        of("dead", "items", &|report| Some(real(report.dead()))),
        of("lost", "items", &|report| Some(real(report.lost()))),
    ];
    let Some(first) = reports.first() else { return Vec::new() };
    for (place, queue) in first.queues.iter().enumerate().filter(|(_, queue)| !queue.is_dead_letter_queue) {
        if reports.iter().all(|report| report.queues.get(place).is_none_or(|it| it.arrived == 0)) {
            continue;
        }
        let peak = |report: &Report| report.queues.get(place).map(|it| it.backlog_peak.value);
        spreads.push(of(&format!("peak backlog of {}", queue.id), "messages", &peak));
        let drained = |report: &Report| report.queues.get(place)?.drained_after.map(|it| it.as_secs_f64());
        spreads.push(of(&format!("time until {} is back to normal", queue.id), "seconds", &drained));
    }
    for (place, goal) in first.goals.iter().enumerate() {
        let what = format!("99 in 100 {} are done by {} within", goal.of, goal.done_by);
        let p99 = |report: &Report| report.goals.get(place).map(|it| it.latency.p99.as_secs_f64());
        spreads.push(of(&what, "seconds", &p99));
    }
    spreads.into_iter().flatten().collect()
}

fn spread(what: String, unit: &'static str, mut values: Vec<f64>) -> Option<Spread> {
    values.sort_by(f64::total_cmp);
    Some(Spread { what, unit, p5: rank(&values, 5)?, median: rank(&values, 50)?, p95: rank(&values, 95)? })
}

/// The percentile by nearest rank.
fn rank(sorted: &[f64], percent: usize) -> Option<f64> {
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

/// Wilson's score interval of a probability, with 95 % confidence; everything is possible where nothing was tried.
///
/// Source: <https://doi.org/10.1080/01621459.1927.10502953>
fn wilson(successes: usize, tries: usize) -> (f64, f64) {
    const Z: f64 = 1.959_963_984_540_054;
    let (successes, tries) = (real(successes as u64), real(tries as u64));
    if tries == 0.0 {
        return (0.0, 1.0);
    }
    let share = successes / tries;
    let scale = 1.0 + Z * Z / tries;
    let centre = share + Z * Z / (2.0 * tries);
    let reach = Z * (share * (1.0 - share) / tries + Z * Z / (4.0 * tries * tries)).sqrt();
    let bound = |value: f64| (value / scale).clamp(0.0, 1.0);
    // The ends are exact where every try or none succeeded; rounding would leave a trace of the other.
    let low = if successes == 0.0 { 0.0 } else { bound(centre - reach) };
    let high = if successes >= tries { 1.0 } else { bound(centre + reach) };
    (low, high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    #[test]
    fn results_come_in_order_from_any_number_of_threads() {
        for threads in [1, 2, 7] {
            let made = in_parallel(NonZeroUsize::new(threads).unwrap(), 100, |task| task * task);
            assert_eq!(made, (0..100).map(|task| task * task).collect::<Vec<_>>());
        }
        assert!(in_parallel(NonZeroUsize::MIN, 0, |task| task).is_empty());
    }

    /// Values from the literature: Agresti and Coull 1998, and Brown, Cai and `DasGupta` 2001.
    #[test]
    fn the_interval_is_wilsons() {
        for (successes, tries, low, high) in
            [(0, 10, 0.0, 0.277_5), (10, 10, 0.722_5, 1.0), (5, 10, 0.236_6, 0.763_4), (95, 100, 0.888_2, 0.978_5)]
        {
            let (is_low, is_high) = wilson(successes, tries);
            assert!((is_low - low).abs() < 1e-4 && (is_high - high).abs() < 1e-4, "{is_low} {is_high}");
        }
        assert_eq!(wilson(0, 0), (0.0, 1.0));
    }

    #[test]
    fn spreads_are_nearest_ranks() {
        let values: Vec<f64> = (1..=20).rev().map(f64::from).collect();
        let spread = spread("x".to_owned(), "items", values).unwrap();
        assert!((spread.p5, spread.median, spread.p95) == (1.0, 10.0, 19.0), "{spread:?}");
    }

    #[test]
    fn runs_count_what_survived_and_name_what_did_not() {
        let mut bad = samples::report();
        bad.seed = 8;
        let mut good = bad.clone();
        good.seed = 7;
        good.items.iter_mut().for_each(|items| (items.dead, items.lost, items.pending) = (0, 0, 0));
        good.goals.clear();
        let runs = Runs::of(7, &[good, bad]);
        assert_eq!((runs.runs, runs.survived, runs.failing_seeds.as_slice()), (2, 1, &[8][..]));
        assert!(runs.spreads.iter().any(|it| it.what == "peak backlog of OrdersQueue"));
        assert!(!runs.spreads.iter().any(|it| it.what.contains("OrdersDlq")));
    }
}
