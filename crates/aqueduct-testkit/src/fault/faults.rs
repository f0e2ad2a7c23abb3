//! The faults of one run.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Fault, Mix, Point};
use crate::log::Log;

/// A fault that struck, or is to strike, at a point.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Strike {
    /// Where.
    pub at: Point,
    /// What.
    pub fault: Fault,
}

impl fmt::Display for Strike {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.at, self.fault)
    }
}

/// Text that is no list of faults.
#[derive(Debug, thiserror::Error)]
#[error("not a list of faults, as a failed exploration prints it: {0}")]
pub struct Unreadable(#[from] serde_json::Error);

/// The faults of one run, which whatever can go wrong in it shares: a clone is the same faults.
#[derive(Clone, Debug)]
pub struct Faults(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    plan: Plan,
    struck: Log<Strike>,
}

#[derive(Debug)]
enum Plan {
    Seed(u64, Mix),
    List(BTreeMap<Point, Fault>),
}

impl Faults {
    /// Nothing goes wrong.
    pub fn none() -> Self {
        Self::from_list([])
    }

    /// What goes wrong is drawn from `seed`.
    pub fn from_seed(seed: u64, mix: Mix) -> Self {
        Self::new(Plan::Seed(seed, mix))
    }

    /// These faults, and no others. Of two at one point the later counts.
    pub fn from_list(strikes: impl IntoIterator<Item = Strike>) -> Self {
        Self::new(Plan::List(strikes.into_iter().map(|strike| (strike.at, strike.fault)).collect()))
    }

    /// The faults of a list in JSON, which is how a failed exploration prints it.
    pub fn from_json(list: &str) -> Result<Self, Unreadable> {
        Ok(Self::from_list(serde_json::from_str::<Vec<Strike>>(list)?))
    }

    fn new(plan: Plan) -> Self {
        Self(Arc::new(Shared { plan, struck: Log::default() }))
    }

    /// What goes wrong at a point, if anything. Whoever asks makes it happen, for it is recorded as having struck.
    pub fn at(&self, point: &Point) -> Option<Fault> {
        let fault = match &self.0.plan {
            Plan::Seed(seed, mix) => mix.decide(*seed, point),
            Plan::List(list) => list.get(point).copied(),
        }?;
        let is_new = self.0.struck.read(|struck| struck.iter().all(|(_, strike)| strike.at != *point));
        if is_new {
            self.0.struck.push(Strike { at: point.clone(), fault });
        }
        Some(fault)
    }

    /// What went wrong so far, in order.
    pub fn struck(&self) -> Vec<Strike> {
        self.0.struck.read(|struck| struck.iter().map(|(_, strike)| strike.clone()).collect())
    }

    /// The same with its times.
    pub(crate) fn log(&self) -> &Log<Strike> {
        &self.0.struck
    }
}
