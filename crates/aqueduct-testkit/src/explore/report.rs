//! What an exploration found.

use std::collections::BTreeMap;
use std::fmt;

use super::search::SEED;
use super::{Broken, Story};
use crate::fault::{Kind, Strike};

/// What a number of runs came to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    runs: u64,
    failing: Vec<u64>,
    strikes: BTreeMap<Kind, u64>,
}

impl Tally {
    pub(crate) fn add(&mut self, seed: u64, struck: &[Strike], broken: bool) {
        self.runs += 1;
        self.failing.extend(broken.then_some(seed));
        for strike in struck {
            *self.strikes.entry(strike.fault.kind()).or_default() += 1;
        }
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.runs += other.runs;
        self.failing.extend(other.failing);
        self.failing.sort_unstable();
        for (kind, count) in other.strikes {
            *self.strikes.entry(kind).or_default() += count;
        }
    }

    pub(crate) fn first_failing(&self) -> Option<u64> {
        self.failing.first().copied()
    }
}

/// What an exploration found.
#[derive(Clone, Debug)]
#[must_use = "a failed run says so only here"]
pub struct Explored {
    tally: Tally,
    failed: Option<Failed>,
}

/// A run that broke an invariant, reduced.
#[derive(Clone, Debug)]
pub struct Failed {
    /// The seed.
    pub seed: u64,
    /// What was broken, by the fewest faults.
    pub broken: Broken,
    /// The faults that the seed gives.
    pub struck: Vec<Strike>,
    /// The fewest and gentlest of them that break the same invariant.
    pub least: Vec<Strike>,
    /// What happened with those.
    pub story: Story,
    /// The test that explored, as its thread is called.
    pub(crate) test: Option<String>,
}

impl Explored {
    pub(crate) const fn new(tally: Tally, failed: Option<Failed>) -> Self {
        Self { tally, failed }
    }

    /// How many runs there were.
    pub const fn runs(&self) -> u64 {
        self.tally.runs
    }

    /// How many faults of each kind struck.
    pub const fn strikes(&self) -> &BTreeMap<Kind, u64> {
        &self.tally.strikes
    }

    /// The seeds whose runs failed, from the lowest on: all of them, if the exploration was [counting](super::Explore::counting).
    pub fn failing(&self) -> &[u64] {
        &self.tally.failing
    }

    /// The failing run with the lowest seed.
    pub const fn failed(&self) -> Option<&Failed> {
        self.failed.as_ref()
    }

    /// Ends the test unless every run kept every invariant, with the report of the one that did not.
    ///
    /// # Panics
    ///
    /// When a run failed.
    #[track_caller]
    pub fn expect_kept(&self) {
        if let Some(failed) = &self.failed {
            panic!("{failed}");
        }
    }

    /// Ends the test unless a run failed, and gives it: for tests of tests.
    ///
    /// # Panics
    ///
    /// When every run kept every invariant.
    #[track_caller]
    pub fn expect_broken(&self) -> &Failed {
        match &self.failed {
            Some(failed) => failed,
            None => panic!("no run broke an invariant: {self}"),
        }
    }
}

impl fmt::Display for Explored {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(failed) = &self.failed {
            return failed.fmt(formatter);
        }
        let strikes: u64 = self.tally.strikes.values().sum();
        write!(formatter, "{} runs with {strikes} faults kept every invariant", self.tally.runs)
    }
}

impl Failed {
    /// A run that failed, and did not when it was run again.
    pub(crate) fn unsteady(seed: u64, struck: Vec<Strike>) -> Self {
        let why = "the run failed, and not when it was run again: something in it does not come from its seed";
        let broken = Broken::new("is_deterministic", why);
        Self { seed, broken, least: struck.clone(), struck, story: Story::default(), test: None }
    }

    /// The command that replays it.
    pub fn command(&self) -> String {
        format!("{SEED}={} cargo test {}", self.seed, self.test.as_deref().unwrap_or_default()).trim_end().to_owned()
    }
}

impl fmt::Display for Failed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "seed {} breaks {}", self.seed, self.broken)?;
        match (self.least.len(), self.struck.len()) {
            (0, _) => writeln!(formatter, "without any fault")?,
            (least, all) => writeln!(formatter, "by {least} of {all} faults:")?,
        }
        self.least.iter().try_for_each(|strike| writeln!(formatter, "  {strike}"))?;
        writeln!(formatter, "\n{}", self.story)?;
        if !self.least.is_empty() {
            let list = serde_json::to_string(&self.least).map_err(|_| fmt::Error)?;
            writeln!(formatter, "those faults, for `Faults::from_json`: {list}")?;
        }
        write!(formatter, "replay with: {}", self.command())
    }
}
