//! How far a long exploration is, for whoever waits for it.

use std::io::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How often it is told.
const EVERY: Duration = Duration::from_secs(5);

/// Tells on stderr how many schedules were explored, and how fast.
#[derive(Debug)]
pub(crate) struct Progress {
    total: u64,
    threads: usize,
    began: Instant,
    so_far: Mutex<SoFar>,
}

#[derive(Debug)]
struct SoFar {
    runs: u64,
    told: Instant,
}

impl Progress {
    pub(crate) fn of(total: u64, threads: usize) -> Self {
        let began = now();
        Self { total, threads, began, so_far: Mutex::new(SoFar { runs: 0, told: began }) }
    }

    /// One more schedule was explored.
    pub(crate) fn explored(&self) {
        let mut so_far = self.so_far();
        so_far.runs += 1;
        let now = now();
        if now - so_far.told >= EVERY {
            so_far.told = now;
            tell(&format!(
                "explored {} of {} schedules, {}",
                so_far.runs,
                self.total,
                pace(so_far.runs, now - self.began)
            ));
        }
    }

    /// No more will be.
    pub(crate) fn end(&self) {
        let (runs, took) = (self.so_far().runs, now() - self.began);
        let (seconds, pace, threads) = (took.as_secs_f64(), pace(runs, took), self.threads);
        tell(&format!("explored {runs} schedules in {seconds:.0} s, {pace} with {threads} at a time"));
    }

    fn so_far(&self) -> MutexGuard<'_, SoFar> {
        self.so_far.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[expect(clippy::cast_precision_loss, reason = "a rate is told with few digits")]
fn pace(runs: u64, took: Duration) -> String {
    format!("{:.1} a second", runs as f64 / took.as_secs_f64().max(f64::MIN_POSITIVE))
}

/// Straight to stderr, since a test's `eprintln!` is seen only when the test is over.
fn tell(words: &str) {
    // Whoever closed stderr does not want to know.
    let _ = writeln!(std::io::stderr(), "{words}");
}

#[expect(clippy::disallowed_methods, reason = "how long an exploration takes is told to its user, and decides nothing")]
fn now() -> Instant {
    Instant::now()
}
