//! One setting tried with many values: which is the smallest change of the template that survives?

mod resource;
mod search;

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::str::FromStr;
use std::time::Duration;

use aqueduct_topology::{Topology, nearest};
use serde::{Serialize, Serializer};
use thiserror::Error;

use search::Search;

use crate::verdict::{Seen, Trial};
use crate::wiring::{Wiring, from_the_start};
use crate::words::{percent, span};
use crate::{Report, Scenario, Setting};

/// What is varied: `[RESOURCE.]SETTING=A..B[:STEP]`, where `B` may be left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vary {
    resource: Option<String>,
    setting: Setting,
    from: u64,
    to: Option<u64>,
    step: u64,
}

/// What cannot be varied.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum VaryError {
    /// The text is not of the form.
    #[error(
        "`{0}` is not of the form [RESOURCE.]SETTING=A..B, such as OrdersQueue.maxReceiveCount=3..50 or BatchSize=10..1000:10"
    )]
    Form(String),
    /// The range has nothing in it.
    #[error("the range of `{0}` is empty: it goes from the smaller value to the greater one, in steps of at least 1")]
    Empty(String),
    /// There is no such setting.
    #[error("there is no setting `{name}` that can be varied; {way_out}")]
    Setting {
        /// What was named.
        name: String,
        /// What to write instead.
        way_out: String,
    },
    /// The topology has no such resource with that setting.
    #[error("no `{resource}` has a {setting} to vary; {known}")]
    Resource {
        /// What was named.
        resource: String,
        /// The setting.
        setting: &'static str,
        /// What there is.
        known: String,
    },
    /// Several resources have the setting.
    #[error(
        "several resources have a {setting} that matters here; name one, as in --vary {first}.{setting}={range}: {all}"
    )]
    Ambiguous {
        /// The setting.
        setting: &'static str,
        /// One of them.
        first: String,
        /// The range as it was given.
        range: String,
        /// All of them.
        all: String,
    },
}

impl FromStr for Vary {
    type Err = VaryError;

    fn from_str(text: &str) -> Result<Self, VaryError> {
        let form = || VaryError::Form(text.to_owned());
        let (name, range) = text.split_once('=').ok_or_else(form)?;
        let (resource, name) = match name.rsplit_once('.') {
            Some((resource, name)) => (Some(resource.to_owned()).filter(|it| !it.is_empty()), name),
            None => (None, name),
        };
        let (range, step) = range.split_once(':').unwrap_or((range, "1"));
        let (from, to) = range.split_once("..").ok_or_else(form)?;
        let number = |text: &str| text.trim().parse::<u64>().map_err(|_| form());
        let to = if to.trim().is_empty() { None } else { Some(number(to)?) };
        let vary = Self { resource, setting: setting(name.trim())?, from: number(from)?, to, step: number(step)? };
        let is_empty = vary.step == 0 || vary.to.is_some_and(|to| to < vary.from);
        if is_empty { Err(VaryError::Empty(text.to_owned())) } else { Ok(vary) }
    }
}

fn setting(name: &str) -> Result<Setting, VaryError> {
    let named = Setting::ALL.into_iter().find(|it| it.name().eq_ignore_ascii_case(name));
    named.ok_or_else(|| {
        let way_out = match nearest(name, Setting::ALL.iter().map(|it| it.name())) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("there are {}", Setting::ALL.map(Setting::name).join(", ")),
        };
        VaryError::Setting { name: name.to_owned(), way_out }
    })
}

/// What came of the values of a setting.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Variation {
    /// The resource.
    pub resource: String,
    /// The setting.
    pub setting: Setting,
    /// Its value without a change; `None` where the template sets none and AWS has no default.
    pub now: Option<u64>,
    /// The value that survives and is nearest to what it is now.
    pub nearest_survivor: Option<u64>,
    /// Whether every value of the range was tried, and not a grid of it.
    pub complete: bool,
    /// What was tried, in the order of the values.
    pub tried: Vec<Tried>,
}

impl Variation {
    /// Which value it should be, in words.
    pub fn words(&self) -> String {
        let mut words = match (self.nearest_survivor, self.now) {
            (Some(value), Some(now)) if value == now => format!("It survives as it is, with {now}."),
            (Some(value), Some(now)) => format!("It is {now}; the smallest change that survives is {value}."),
            (Some(value), None) => format!("It is not set; the smallest value that survives is {value}."),
            (None, _) => "None of these values survives.".to_owned(),
        };
        if !self.complete {
            words += " Not every value was tried: between those here others may do otherwise.";
        }
        words
    }
}

/// What came of one value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tried {
    /// The value.
    pub value: u64,
    /// What was seen, or why it cannot be run: in JSON an object with `seen` or `refused`.
    #[serde(serialize_with = "seen_or_refused")]
    pub outcome: Result<Outcome, String>,
}

/// What was seen with a value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    /// Items and goals.
    #[serde(flatten)]
    pub seen: Seen,
    /// The shares of the goals that were kept, in the scenario's order.
    pub kept: Vec<f64>,
    /// The time until the slowest queue was back to normal after the last fault, in seconds.
    pub drained_after: Option<f64>,
}

impl Outcome {
    /// The share of the goal that was kept worst; a dash where there is none.
    pub fn kept_words(&self) -> String {
        self.kept.iter().copied().reduce(f64::min).map_or_else(|| "–".to_owned(), percent)
    }

    /// How long it took to be back to normal; a dash where that is not known.
    pub fn drained_words(&self) -> String {
        self.drained_after.map_or_else(|| "–".to_owned(), |it| span(Duration::from_secs_f64(it)))
    }
}

impl From<&Report> for Outcome {
    fn from(report: &Report) -> Self {
        let drained =
            report.queues.iter().filter(|queue| !queue.is_dead_letter_queue).filter_map(|it| it.drained_after);
        Self {
            seen: Seen::from(report),
            kept: report.goals.iter().map(|goal| goal.kept).collect(),
            drained_after: drained.max().map(|it| it.as_secs_f64()),
        }
    }
}

fn seen_or_refused<S: Serializer>(outcome: &Result<Outcome, String>, serializer: S) -> Result<S::Ok, S::Error> {
    match outcome {
        Ok(seen) => serializer.collect_map([("seen", seen)]),
        Err(reason) => serializer.collect_map([("refused", reason)]),
    }
}

impl Tried {
    fn survived(&self) -> bool {
        self.outcome.as_ref().is_ok_and(|outcome| outcome.seen.survived)
    }
}

impl Vary {
    /// Tries the values on a scenario whose report without a change is given.
    pub fn search(
        &self,
        topology: &Topology,
        scenario: &Scenario,
        report: &Report,
        threads: NonZeroUsize,
        trial: &Trial<'_>,
    ) -> Result<Variation, VaryError> {
        let resource = self.resource(&Wiring { topology, scenario }, report)?;
        let now = Wiring { topology, scenario }.value(&resource, self.setting);
        let run = |value: u64| {
            let mut scenario = scenario.clone();
            scenario.changes.push(from_the_start(&resource, self.setting, value));
            let outcome = trial(topology, &scenario).map(|report| Outcome::from(&report));
            Tried { value, outcome }
        };
        let mut search = Search { run: &run, threads, step: self.step, now, tried: BTreeMap::new() };
        let complete = search.all_of(self.from, self.to);
        let nearest_survivor = search.nearest_survivor();
        let tried = search.tried.into_values().collect();
        Ok(Variation { resource, setting: self.setting, now, nearest_survivor, complete, tried })
    }
}

#[cfg(test)]
mod tests;
