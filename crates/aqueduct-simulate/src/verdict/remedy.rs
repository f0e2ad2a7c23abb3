//! Remedies: what might help, tried in a simulation of its own.

use aqueduct_topology::Topology;

use super::{Remedy, Seen, Trial};
use crate::wiring::from_the_start;
use crate::words::real;
use crate::{Cause, Change, Report, Scenario, Setting};

/// How many remedies a statement has at most.
const REMEDIES_MAX: usize = 2;

/// One change that a remedy makes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Edit {
    Change(Change),
    /// A mapping takes the function's answer of what failed.
    ReportsFailures {
        mapping: String,
    },
    /// A function lets failed records wait longer each time.
    BacksOff {
        function: String,
    },
    /// A function gives a failing record up only after so many receives.
    Attempts {
        function: String,
        attempts: u64,
    },
    /// A function puts poison out of the way when it first comes.
    RejectsPoison {
        function: String,
    },
}

impl Edit {
    pub(super) fn change(resource: &str, setting: Setting, value: u64) -> Self {
        Self::Change(from_the_start(resource, setting, value))
    }

    fn apply(&self, topology: &mut Topology, scenario: &mut Scenario) {
        match self {
            Self::Change(change) => scenario.changes.push(change.clone()),
            Self::ReportsFailures { mapping } => {
                for it in topology.mappings.iter_mut().filter(|it| it.id == *mapping) {
                    it.reports_batch_item_failures = true;
                }
            }
            Self::BacksOff { function } => scenario.functions.entry(function.clone()).or_default().backs_off = true,
            Self::Attempts { function, attempts } => {
                let attempts = u32::try_from(*attempts).unwrap_or(u32::MAX);
                scenario.functions.entry(function.clone()).or_default().attempts = Some(attempts);
            }
            Self::RejectsPoison { function } => {
                scenario.functions.entry(function.clone()).or_default().rejects_poison = true;
            }
        }
    }
}

/// What might help, from the smallest change to the greatest of its kind.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) rungs: Vec<Rung>,
}

/// One size of a change, and how it is told.
#[derive(Clone, Debug)]
pub(super) struct Rung {
    pub(super) does: String,
    pub(super) edits: Vec<Edit>,
}

impl Candidate {
    pub(super) fn one(does: String, edits: Vec<Edit>) -> Self {
        Self { rungs: vec![Rung { does, edits }] }
    }

    /// A setting at the values of a ladder; `from` is what it is now.
    pub(super) fn setting(resource: &str, setting: Setting, from: Option<u64>, values: &[u64]) -> Self {
        let mut rungs: Vec<Rung> = Vec::new();
        for value in values.iter().filter(|value| Some(**value) != from) {
            rungs.push(Rung {
                does: told(resource, setting, from, *value),
                edits: vec![Edit::change(resource, setting, *value)],
            });
        }
        Self { rungs }
    }
}

/// The change of a setting as a command.
pub(super) fn told(resource: &str, setting: Setting, from: Option<u64>, to: u64) -> String {
    let name = setting.name();
    match from {
        Some(from) if from < to => format!("raise {name} of {resource} from {from} to {to}"),
        Some(from) => format!("lower {name} of {resource} from {from} to {to}"),
        None => format!("set {name} of {resource} to {to}"),
    }
}

/// A value that is computed, then half as much again, and twice as much, for what the computation does not see.
pub(super) fn ladder(value: u64) -> [u64; 3] {
    [value, value + value.div_ceil(2), value.saturating_mul(2)]
}

/// What has to become less for a remedy to help.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Measure {
    /// Dead letters of this origin and cause.
    Dead { from: String, cause: Cause },
    /// Messages that reach the end of their retention in this queue.
    Expired { queue: String },
    /// Items that nothing kept.
    Lost,
    /// Items still under way at the end.
    Pending,
    /// By how much this goal is missed.
    Goal { place: usize },
    /// Deliveries to functions.
    Deliveries,
}

impl Measure {
    fn of(&self, report: &Report) -> f64 {
        match self {
            Self::Dead { from, cause } => {
                let letters = report.queues.iter().flat_map(|queue| &queue.dead_letters);
                letters.filter(|it| it.from == *from && it.cause == *cause).map(|it| real(it.count)).sum()
            }
            Self::Expired { queue } => {
                report.queues.iter().filter(|it| it.id == *queue).map(|it| real(it.expired)).sum()
            }
            Self::Lost => real(report.lost()),
            Self::Pending => real(report.pending()),
            Self::Goal { place } => report.goals.get(*place).map_or(0.0, |it| (it.share - it.kept).max(0.0)),
            Self::Deliveries => real(report.deliveries),
        }
    }

    /// Whether a run is better than another: better in what is measured, and in nothing else worse.
    fn is_better(&self, run: &Report, than: &Report) -> bool {
        let no_worse = run.unfinished() <= than.unfinished() && run.missed_goals() <= than.missed_goals();
        // Dead letters of one cause that only die of another one are not helped.
        let is_real = !matches!(self, Self::Dead { .. }) || run.unfinished() < than.unfinished();
        no_worse && is_real && self.of(run) < self.of(than)
    }
}

/// The candidates that were seen to help, the best first.
pub(super) fn tried(
    candidates: &[Candidate],
    measure: &Measure,
    topology: &Topology,
    scenario: &Scenario,
    report: &Report,
    trial: &Trial<'_>,
) -> Vec<Remedy> {
    let climb = |candidate: &Candidate| climb(candidate, measure, topology, scenario, report, trial);
    let mut helpful: Vec<(f64, Remedy)> = candidates.iter().filter_map(climb).collect();
    // A stable sort: of two that help as much, the one that was thought of first is told first.
    helpful.sort_by(|(a, of_a), (b, of_b)| of_b.seen.survived.cmp(&of_a.seen.survived).then(a.total_cmp(b)));
    // One that clears the matter makes those that only ease it not worth a word.
    let is_cleared = helpful.first().is_some_and(|(left, _)| *left <= 0.0);
    helpful.retain(|(left, _)| !is_cleared || *left <= 0.0);
    helpful.into_iter().take(REMEDIES_MAX).map(|(_, remedy)| remedy).collect()
}

/// Tries the rungs of a candidate until one leaves nothing of what is measured; else the best of them, if it helps.
fn climb(
    candidate: &Candidate,
    measure: &Measure,
    topology: &Topology,
    scenario: &Scenario,
    report: &Report,
    trial: &Trial<'_>,
) -> Option<(f64, Remedy)> {
    let mut best: Option<(f64, Remedy, Report)> = None;
    for rung in &candidate.rungs {
        let (mut topology, mut scenario) = (topology.clone(), scenario.clone());
        for edit in &rung.edits {
            edit.apply(&mut topology, &mut scenario);
        }
        // What AWS refuses is no remedy.
        let Ok(run) = trial(&topology, &scenario) else { continue };
        let beats = match &best {
            Some((_, _, other)) => measure.is_better(&run, other),
            None => measure.is_better(&run, report),
        };
        if !beats {
            continue;
        }
        let left = measure.of(&run);
        best = Some((left, remedy(rung, &run), run));
        if left <= 0.0 {
            break;
        }
    }
    best.map(|(left, remedy, _)| (left, remedy))
}

fn remedy(rung: &Rung, run: &Report) -> Remedy {
    let changes = rung.edits.iter().filter_map(|edit| match edit {
        Edit::Change(change) => Some(change.clone()),
        _ => None,
    });
    Remedy { does: rung.does.clone(), changes: changes.collect(), seen: Seen::from(run) }
}
