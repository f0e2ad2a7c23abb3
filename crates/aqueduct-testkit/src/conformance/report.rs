//! What came out when the suite was held against a backend.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::Divergence;

/// How a case came out.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum Verdict {
    /// The backend does what AWS does.
    Passed,
    /// It does not.
    Failed {
        /// What was seen, and what should have been.
        what: String,
    },
    /// It does not, as is known.
    Diverges {
        /// What is known.
        #[serde(flatten)]
        known: Divergence,
        /// What was seen.
        what: String,
    },
    /// It is known not to, and does.
    NoLongerDiverges,
    /// The case was not run.
    Skipped {
        /// Why not.
        why: String,
    },
}

impl Verdict {
    /// Whether it is not as the table of known divergences says.
    pub const fn is_a_surprise(&self) -> bool {
        matches!(self, Self::Failed { .. } | Self::NoLongerDiverges)
    }
}

/// A case and how it came out.
#[derive(Clone, Debug, Serialize)]
pub struct Held {
    /// What it counts under.
    pub group: String,
    /// Its name.
    pub case: String,
    /// How it came out.
    #[serde(flatten)]
    pub verdict: Verdict,
}

/// How many cases came out how.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Count {
    /// They hold.
    pub passed: usize,
    /// They do not.
    pub failed: usize,
    /// They do not, as is known.
    pub diverging: usize,
    /// They hold, and are known not to.
    pub no_longer_diverging: usize,
    /// They were not run.
    pub skipped: usize,
}

/// What came out.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The backend's name.
    pub backend: String,
    /// Counts by the folder of the cases.
    pub counts: BTreeMap<String, Count>,
    /// Every case but those that passed.
    pub notable: Vec<Held>,
}

impl Report {
    pub(super) fn of(backend: &str, held: impl Iterator<Item = Held>) -> Self {
        let (mut counts, mut notable) = (BTreeMap::<String, Count>::new(), Vec::new());
        for one in held {
            counts.entry(one.group.clone()).or_default().add(&one.verdict);
            if !matches!(one.verdict, Verdict::Passed) {
                notable.push(one);
            }
        }
        Self { backend: backend.to_owned(), counts, notable }
    }

    /// Whether all is as the table of known divergences says.
    pub fn is_as_known(&self) -> bool {
        let total = self.total();
        total.failed == 0 && total.no_longer_diverging == 0
    }

    /// All groups together.
    pub fn total(&self) -> Count {
        self.counts.values().fold(Count::default(), |sum, count| Count {
            passed: sum.passed + count.passed,
            failed: sum.failed + count.failed,
            diverging: sum.diverging + count.diverging,
            no_longer_diverging: sum.no_longer_diverging + count.no_longer_diverging,
            skipped: sum.skipped + count.skipped,
        })
    }

    /// How many cases were skipped for which reason.
    pub fn skipped(&self) -> BTreeMap<&str, usize> {
        let mut reasons = BTreeMap::new();
        for one in &self.notable {
            if let Verdict::Skipped { why } = &one.verdict {
                *reasons.entry(why.as_str()).or_default() += 1;
            }
        }
        reasons
    }
}

impl Count {
    const fn add(&mut self, verdict: &Verdict) {
        let counter = match verdict {
            Verdict::Passed => &mut self.passed,
            Verdict::Failed { .. } => &mut self.failed,
            Verdict::Diverges { .. } => &mut self.diverging,
            Verdict::NoLongerDiverges => &mut self.no_longer_diverging,
            Verdict::Skipped { .. } => &mut self.skipped,
        };
        *counter += 1;
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for one in &self.notable {
            match &one.verdict {
                Verdict::Failed { what } => writeln!(formatter, "failed: {what}")?,
                Verdict::NoLongerDiverges => writeln!(formatter, "no longer diverges: {}", one.case)?,
                Verdict::Diverges { known, .. } => writeln!(formatter, "diverges: {}: {}", one.case, known.does)?,
                Verdict::Passed | Verdict::Skipped { .. } => {}
            }
        }
        let width = self.counts.keys().map(String::len).max().unwrap_or_default().max("together".len());
        writeln!(formatter, "{:width$}  passed  failed  diverging  skipped", self.backend)?;
        let total = [("together".to_owned(), self.total())];
        for (group, count) in self.counts.iter().map(|(group, count)| (group.clone(), *count)).chain(total) {
            let Count { passed, failed, diverging, no_longer_diverging, skipped } = count;
            let (failed, passed) = (failed + no_longer_diverging, passed);
            writeln!(formatter, "{group:width$}  {passed:6}  {failed:6}  {diverging:9}  {skipped:7}")?;
        }
        for (why, count) in self.skipped() {
            writeln!(formatter, "skipped {count}: {why}")?;
        }
        Ok(())
    }
}
