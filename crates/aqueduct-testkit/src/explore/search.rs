//! Many runs, from many seeds, over the cores there are.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::progress::Progress;
use super::report::{Explored, Failed, Tally};
use super::shrink::smallest;
use super::{Broken, Run, panics};
use crate::fault::{Faults, Mix, Strike};

/// The variable that holds the one seed to be run.
pub(crate) const SEED: &str = "AQUEDUCT_SEED";

/// The variable that says how many seeds are to be run.
const SEEDS: &str = "AQUEDUCT_SEEDS";

/// The invariant that a panic breaks.
const PANIC: &str = "does_not_panic";

/// Explores the schedules of a world: runs it once per seed, each time with other faults, over all cores, until a run
/// breaks an invariant. That one is reduced to the fewest faults that still break it.
///
/// `test` makes a world with the [faults](Run::faults) of its run and [drives](Run::drive) it; it fails when it says so or panics.
/// With `AQUEDUCT_SEED` in the environment, that seed alone is run; with `AQUEDUCT_SEEDS`, so many of them, with progress on stderr.
///
/// The result is to be looked at: [`Explored::expect_kept`].
pub fn explore(seeds: Range<u64>, test: impl Fn(&Run) -> Result<(), Broken> + Sync) -> Explored {
    Explore::new(seeds).run(test)
}

/// Replays one seed with the default mix of faults, whatever the environment says.
pub fn replay(seed: u64, test: impl Fn(&Run) -> Result<(), Broken> + Sync) -> Explored {
    Explore::new(seed..seed.saturating_add(1)).run_here(test)
}

/// An exploration with settings of its own.
#[derive(Clone, Debug)]
#[must_use = "nothing is explored before `run`"]
pub struct Explore {
    seeds: Range<u64>,
    mix: Mix,
    threads: Option<usize>,
    goes_on: bool,
    tells: bool,
}

impl Explore {
    /// An exploration of these seeds.
    pub fn new(seeds: Range<u64>) -> Self {
        Self { seeds, mix: Mix::default(), threads: None, goes_on: false, tells: false }
    }

    /// Which faults may happen.
    pub fn mix(mut self, mix: Mix) -> Self {
        self.mix = mix;
        self
    }

    /// How many runs are under way at a time: as many as there are cores, unless said otherwise.
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = Some(threads.max(1));
        self
    }

    /// Goes on after a run that fails, to count them.
    pub const fn counting(mut self) -> Self {
        self.goes_on = true;
        self
    }

    /// Explores; with `AQUEDUCT_SEED` in the environment, that seed alone, and with `AQUEDUCT_SEEDS` so many from the first one on,
    /// with progress on stderr.
    ///
    /// # Panics
    ///
    /// When one of them is no number.
    pub fn run(mut self, test: impl Fn(&Run) -> Result<(), Broken> + Sync) -> Explored {
        if let Some(seed) = of_environment(SEED, "as a failed exploration prints it") {
            self.seeds = seed..seed.saturating_add(1);
        } else if let Some(count) = of_environment(SEEDS, "how many seeds are to be explored") {
            self.seeds.end = self.seeds.start.saturating_add(count);
            self.tells = true;
        }
        self.run_here(test)
    }

    fn run_here(self, test: impl Fn(&Run) -> Result<(), Broken> + Sync) -> Explored {
        let threads = self.threads.unwrap_or_else(|| thread::available_parallelism().map_or(1, usize::from));
        let (next, first) = (AtomicU64::new(self.seeds.start), AtomicU64::new(u64::MAX));
        let tally = Mutex::new(Tally::default());
        let progress = self.tells.then(|| Progress::of(self.seeds.end.saturating_sub(self.seeds.start), threads));
        let worker = || {
            let mut own = Tally::default();
            loop {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                // The lowest seed that fails is the same whatever the threads do, since all below it are run.
                if seed >= self.seeds.end || !self.goes_on && seed > first.load(Ordering::Relaxed) {
                    break;
                }
                let run = Run::new(seed, Faults::from_seed(seed, self.mix.clone()));
                let broken = attempt(&run, &test).is_err();
                own.add(seed, &run.faults().struck(), broken);
                if broken {
                    first.fetch_min(seed, Ordering::Relaxed);
                }
                if let Some(progress) = &progress {
                    progress.explored();
                }
            }
            tally.lock().unwrap_or_else(PoisonError::into_inner).merge(own);
        };
        thread::scope(|scope| {
            for _ in 1..threads {
                scope.spawn(worker);
            }
            worker();
        });
        if let Some(progress) = &progress {
            progress.end();
        }
        let tally = tally.into_inner().unwrap_or_else(PoisonError::into_inner);
        let first = tally.first_failing();
        Explored::new(tally, first.map(|seed| self.reduce(seed, &test)))
    }

    /// Reduces a seed that fails to the least that fails in the same way.
    fn reduce(&self, seed: u64, test: &impl Fn(&Run) -> Result<(), Broken>) -> Failed {
        let drawn = Run::new(seed, Faults::from_seed(seed, self.mix.clone()));
        let Err(broken) = attempt(&drawn, test) else {
            return Failed::unsteady(seed, drawn.faults().struck());
        };
        let all = drawn.faults().struck();
        let of_list = |list: &[Strike]| Run::new(seed, Faults::from_list(list.to_vec()));
        let fails =
            |list: &[Strike]| attempt(&of_list(list), test).is_err_and(|found| found.invariant == broken.invariant);
        let least = smallest(all.clone(), fails);
        let run = of_list(&least);
        // The least that fails in the same way may contradict the invariant in other words.
        let broken = attempt(&run, test).err().unwrap_or(broken);
        Failed {
            seed,
            broken,
            struck: all,
            least,
            story: run.story(),
            test: thread::current().name().map(str::to_owned),
        }
    }
}

/// Runs a test once; a panic is a failure too.
fn attempt(run: &Run, test: &impl Fn(&Run) -> Result<(), Broken>) -> Result<(), Broken> {
    panics::caught(|| test(run)).unwrap_or_else(|words| Err(Broken::new(PANIC, words)))
}

/// The number that a variable holds.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place where an exploration meets the environment of its process"
)]
fn of_environment(variable: &str, meaning: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    let number = text.trim().parse();
    Some(number.unwrap_or_else(|_| panic!("{variable} is {text:?} and must be a whole number, {meaning}")))
}
