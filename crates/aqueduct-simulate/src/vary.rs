//! One setting tried with many values: which is the smallest change of the template that survives?

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::str::FromStr;

use aqueduct_topology::{Topology, nearest};
use serde::Serialize;
use thiserror::Error;

use crate::runs::in_parallel;
use crate::verdict::{Seen, Trial};
use crate::wiring::{Wiring, from_the_start, owners};
use crate::{Report, Scenario, Setting};

/// Up to so many values are all tried; of more, a grid is, which becomes finer where survival begins.
const ALL_UP_TO: u64 = 32;

/// How many values the first grid has.
const GRID: u64 = 12;

/// How often a range without an end is doubled.
const DOUBLINGS_MAX: u32 = 14;

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

/// What came of one value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tried {
    /// The value.
    pub value: u64,
    /// What was seen, or why it cannot be run.
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

    /// The resource that was named, or the only one on the failing path that has the setting.
    fn resource(&self, wiring: &Wiring<'_>, report: &Report) -> Result<String, VaryError> {
        let owners = owners(wiring.topology, self.setting);
        let setting = self.setting.name();
        if let Some(resource) = &self.resource {
            if owners.contains(&resource.as_str()) {
                return Ok(resource.clone());
            }
            let known = match nearest(resource, owners.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => known(&owners),
            };
            return Err(VaryError::Resource { resource: resource.clone(), setting, known });
        }
        let mut candidates = owners.clone();
        for paths in [failing(wiring, report), busy(wiring, report)] {
            let on_path: Vec<&str> =
                owners.iter().copied().filter(|owner| paths.iter().any(|it| it == owner)).collect();
            if !on_path.is_empty() {
                candidates = on_path;
                break;
            }
        }
        match candidates.as_slice() {
            [only] => Ok((*only).to_owned()),
            [] => Err(VaryError::Resource { resource: "resource".to_owned(), setting, known: known(&owners) }),
            [first, ..] => {
                let to = self.to.map(|to| to.to_string()).unwrap_or_default();
                let (first, all) = ((*first).to_owned(), candidates.join(", "));
                Err(VaryError::Ambiguous { setting, first, range: format!("{}..{to}", self.from), all })
            }
        }
    }
}

fn known(owners: &[&str]) -> String {
    if owners.is_empty() { "the template has none".to_owned() } else { format!("there are {}", owners.join(", ")) }
}

/// What messages were given up by: queues, with the mappings and functions behind them.
fn failing(wiring: &Wiring<'_>, report: &Report) -> Vec<String> {
    let letters = report.queues.iter().flat_map(|queue| &queue.dead_letters).map(|it| it.from.clone());
    let expired = report.queues.iter().filter(|queue| queue.expired > 0).map(|queue| queue.id.clone());
    with_consumers(wiring, letters.chain(expired).collect())
}

/// What had work to do.
fn busy(wiring: &Wiring<'_>, report: &Report) -> Vec<String> {
    let queues = report.queues.iter().filter(|queue| queue.arrived > 0 && !queue.is_dead_letter_queue);
    let mut busy = with_consumers(wiring, queues.map(|queue| queue.id.clone()).collect());
    busy.extend(report.functions.iter().filter(|it| it.invocations > 0).map(|it| it.id.clone()));
    busy
}

fn with_consumers(wiring: &Wiring<'_>, mut ids: Vec<String>) -> Vec<String> {
    let consumers = ids.iter().filter_map(|id| wiring.consumer(wiring.queue(id)?));
    let behind: Vec<String> =
        consumers.flat_map(|(mapping, function)| [mapping.id.clone(), function.id.clone()]).collect();
    ids.extend(behind);
    ids
}

/// A search under way.
struct Search<'a> {
    run: &'a (dyn Fn(u64) -> Tried + Sync),
    threads: NonZeroUsize,
    step: u64,
    now: Option<u64>,
    tried: BTreeMap<u64, Tried>,
}

impl Search<'_> {
    /// Tries a range, all of it or a grid that becomes finer; whether it was all of it.
    fn all_of(&mut self, from: u64, to: Option<u64>) -> bool {
        let Some(to) = to else {
            self.double(from);
            self.refine();
            return false;
        };
        let steps = (to - from) / self.step;
        let is_small = steps < ALL_UP_TO;
        let grid = if is_small { 1 } else { steps.div_ceil(GRID) };
        let mut values: Vec<u64> = (0..=steps / grid).map(|place| from + place * grid * self.step).collect();
        values.push(from + steps * self.step);
        self.try_out(&values);
        if !is_small {
            self.refine();
        }
        is_small
    }

    /// Goes on in doubled strides until something survives or cannot be run.
    fn double(&mut self, from: u64) {
        for doubling in 0..=DOUBLINGS_MAX {
            let value = from + ((1_u64 << doubling) - 1) * self.step;
            self.try_out(&[value]);
            if self.tried.get(&value).is_none_or(|tried| tried.survived() || tried.outcome.is_err()) {
                return;
            }
        }
    }

    /// Tries values between the survivor that is nearest and the next one to it that failed, until there are none.
    ///
    /// That survival is monotone is not assumed beyond that: a survivor that the grid stepped over is not found.
    fn refine(&mut self) {
        while let Some(survivor) = self.nearest_survivor() {
            let towards_now = self.now.unwrap_or(0);
            let failed = if towards_now < survivor {
                self.tried.range(..survivor).next_back()
            } else {
                self.tried.range(survivor + 1..).next()
            };
            let Some((failed, _)) = failed else { return };
            let (low, high) = (survivor.min(*failed), survivor.max(*failed));
            let between = (high - low) / self.step;
            if between <= 1 {
                return;
            }
            let inner = (between - 1).min(self.threads.get() as u64 * 2);
            let values: Vec<u64> = (1..=inner).map(|place| low + between * place / (inner + 1) * self.step).collect();
            let before = self.tried.len();
            self.try_out(&values);
            if self.tried.len() == before {
                return;
            }
        }
    }

    fn try_out(&mut self, values: &[u64]) {
        let mut values: Vec<u64> = values.iter().copied().filter(|value| !self.tried.contains_key(value)).collect();
        values.dedup();
        let tried = in_parallel(self.threads, values.len(), |place| (self.run)(values[place]));
        self.tried.extend(tried.into_iter().map(|it| (it.value, it)));
    }

    fn nearest_survivor(&self) -> Option<u64> {
        let survivors = self.tried.values().filter(|it| it.survived()).map(|it| it.value);
        survivors.min_by_key(|value| value.abs_diff(self.now.unwrap_or(0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::samples;

    /// Survives where `survives` says so of the last change.
    fn search(vary: &str, survives: impl Fn(u64) -> bool + Sync) -> Result<Variation, VaryError> {
        let (topology, scenario, report) = (samples::topology(), samples::scenario(), samples::report());
        let trial = |_: &Topology, scenario: &Scenario| {
            let value = scenario.changes.last().map(|it| it.value).unwrap_or_default();
            if value > 1_000 {
                return Err("out of range".to_owned());
            }
            Ok(if survives(value) { samples::survivor() } else { samples::report() })
        };
        vary.parse::<Vary>()?.search(&topology, &scenario, &report, NonZeroUsize::new(2).unwrap(), &trial)
    }

    #[test]
    fn a_small_range_is_tried_whole_and_the_smallest_change_is_found() {
        let found = search("maxReceiveCount=3..20", |value| value == 9 || value >= 14).unwrap();
        assert_eq!((found.resource.as_str(), found.now), ("OrdersQueue", Some(5)));
        assert_eq!((found.nearest_survivor, found.complete, found.tried.len()), (Some(9), true, 18));
    }

    #[test]
    fn a_great_range_is_tried_in_a_grid_that_becomes_finer() {
        let found = search("OrdersQueue.maxReceiveCount=1..1000", |value| value >= 31).unwrap();
        assert_eq!((found.nearest_survivor, found.complete), (Some(31), false));
        assert!(found.tried.len() < 40, "{}", found.tried.len());
        assert!(found.tried.iter().any(|it| it.value == 30 && !it.survived()), "its neighbour was tried");
        let downwards = search("VisibilityTimeout=1..1000", |value| value <= 20).unwrap();
        assert_eq!((downwards.now, downwards.nearest_survivor), (Some(60), Some(20)));
    }

    #[test]
    fn a_range_without_an_end_is_doubled() {
        assert_eq!(search("maxReceiveCount=3..", |value| value >= 31).unwrap().nearest_survivor, Some(31));
        let never = search("maxReceiveCount=3..", |_| false).unwrap();
        assert_eq!(never.nearest_survivor, None);
        assert_eq!(never.tried.last().unwrap().outcome, Err("out of range".to_owned()));
        let steps = search("maxReceiveCount=10..200:10", |value| value >= 31).unwrap();
        assert_eq!(steps.nearest_survivor, Some(40));
    }

    #[test]
    fn what_cannot_be_varied_is_told_with_the_way_out() {
        for (text, said) in [
            ("maxReceiveCount", "is not of the form"),
            ("maxReceiveCount=3", "is not of the form"),
            ("maxReceiveCount=3..x", "is not of the form"),
            ("maxReceiveCount=9..3", "is empty"),
            ("maxReceiveCount=1..3:0", "is empty"),
            ("maxReceiveCont=1..3", "did you mean `maxReceiveCount`?"),
            ("OrderQueue.maxReceiveCount=1..3", "did you mean `OrdersQueue`?"),
            ("MessageRetentionPeriod=60..70", "OrdersQueue"),
        ] {
            let outcome = search(text, |_| false);
            match outcome {
                Err(error) => assert!(error.to_string().contains(said), "{text}: {error}"),
                Ok(found) => assert_eq!(found.resource, said, "{text}"),
            }
        }
    }
}
