//! What a report means: whether the pipeline survived, why not, and what was seen to help.

mod case;
mod causes;
mod goals;
mod losses;
mod remedy;
mod silences;

use aqueduct_topology::Topology;
use serde::Serialize;
use std::fmt::Write as _;

use crate::wiring::Wiring;
use crate::words::{Clock, count, counted, span};
use crate::{Cause, Change, Report, Scenario};
use remedy::{Candidate, Measure};

/// What a report means.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Verdict {
    /// Whether every item was worked on and every goal kept.
    pub survived: bool,
    /// The whole in a sentence.
    pub headline: String,
    /// What is to be said, the worst first.
    pub statements: Vec<Statement>,
}

/// One thing that is to be said.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Statement {
    /// What it is about.
    pub matter: Matter,
    /// What happened and why, in whole sentences.
    pub says: String,
    /// Changes that were tried in a simulation of their own, and helped.
    pub remedies: Vec<Remedy>,
    /// What no change of the wiring can do.
    pub advice: Option<String>,
}

/// What a statement is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "cause", rename_all = "snake_case")]
pub enum Matter {
    /// Dead letters of this cause.
    Dead(Cause),
    /// Messages reached the end of their retention.
    Expired,
    /// Messages that nothing kept.
    Lost,
    /// A promise that was not kept.
    MissedGoal,
    /// Items are still under way at the end.
    NotDrained,
    /// How long it took to be back to normal after a fault.
    Recovery,
    /// Messages in a queue that nothing in the template reads.
    HandedOn,
    /// Something leads to another service, Region or account, which is not simulated.
    Outside,
    /// A fault struck nothing.
    UnstruckFault,
    /// How functions try again stands elsewhere than in the scenario.
    Assumed,
    /// Nothing is wrong.
    Fine,
}

/// A change that helped when it was tried.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Remedy {
    /// What to do, as a command: `raise maxReceiveCount of OrdersQueue from 5 to 31`.
    pub does: String,
    /// The changes of settings that were tried; what else was changed, in a function's code or a response type, only `does` says.
    pub changes: Vec<Change>,
    /// What was seen.
    pub seen: Seen,
}

/// What came of trying a remedy, in items and goals of the whole run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// Whether everything survived with it.
    pub survived: bool,
    /// Items in dead-letter queues.
    pub dead: u64,
    /// Items that nothing kept.
    pub lost: u64,
    /// Items still under way.
    pub pending: u64,
    /// Goals that were not kept.
    pub missed_goals: usize,
    /// Deliveries to functions.
    pub deliveries: u64,
}

impl Report {
    /// Whether every item was worked on and every goal kept.
    pub fn survived(&self) -> bool {
        self.unfinished() == 0 && self.missed_goals() == 0
    }

    /// Items in dead-letter queues.
    pub fn dead(&self) -> u64 {
        self.items.iter().map(|it| it.dead).sum()
    }

    /// Items that nothing kept.
    pub fn lost(&self) -> u64 {
        self.items.iter().map(|it| it.lost).sum()
    }

    /// Items still under way at the end.
    pub fn pending(&self) -> u64 {
        self.items.iter().map(|it| it.pending).sum()
    }

    /// How many goals were not kept.
    pub fn missed_goals(&self) -> usize {
        self.goals.iter().filter(|goal| goal.kept < goal.share).count()
    }

    pub(crate) fn unfinished(&self) -> u64 {
        self.dead() + self.lost() + self.pending()
    }
}

impl Seen {
    /// What was seen, in words; `before` is how many deliveries there were without the change.
    pub fn words(&self, before: u64) -> String {
        if self.survived {
            return "seen to survive".to_owned();
        }
        let items = [(self.dead, "dead"), (self.lost, "lost"), (self.pending, "still under way")];
        let mut left: Vec<String> = items
            .iter()
            .filter(|(number, _)| *number > 0)
            .map(|(number, what)| format!("{} {what}", count(*number)))
            .collect();
        match self.missed_goals {
            0 => {}
            1 => left.push("a missed goal".to_owned()),
            missed => left.push(format!("{missed} missed goals")),
        }
        let mut words = format!("seen to leave {}", left.join(" and "));
        if self.deliveries < before {
            let _ = write!(words, ", and to save {}", counted(before - self.deliveries, "deliveries"));
        }
        words
    }
}

impl From<&Report> for Seen {
    fn from(report: &Report) -> Self {
        Self {
            survived: report.survived(),
            dead: report.dead(),
            lost: report.lost(),
            pending: report.pending(),
            missed_goals: report.missed_goals(),
            deliveries: report.deliveries,
        }
    }
}

/// Runs a changed scenario on a changed topology from the seed of the report, or says why that cannot be run.
pub type Trial<'a> = dyn Fn(&Topology, &Scenario) -> Result<Report, String> + Sync + 'a;

impl Verdict {
    /// Judges a report. Every remedy is tried before it is told, up to a few runs for each statement.
    pub fn of(topology: &Topology, scenario: &Scenario, report: &Report, trial: &Trial<'_>) -> Self {
        let matters = Matters::new(topology, scenario, report);
        let statements = matters.all().into_iter().map(|draft| draft.verified(topology, scenario, report, trial));
        Self { survived: report.survived(), headline: headline(report), statements: statements.collect() }
    }

    /// Judges a report and tries nothing, so that no remedy is told.
    pub fn without_trials(topology: &Topology, scenario: &Scenario, report: &Report) -> Self {
        Self::of(topology, scenario, report, &|_, _| Err("not tried".to_owned()))
    }
}

/// A statement whose remedies have not been tried.
struct Draft {
    matter: Matter,
    says: String,
    measure: Option<Measure>,
    candidates: Vec<Candidate>,
    advice: Option<String>,
}

impl Draft {
    fn verified(self, topology: &Topology, scenario: &Scenario, report: &Report, trial: &Trial<'_>) -> Statement {
        let remedies = match &self.measure {
            Some(measure) => remedy::tried(&self.candidates, measure, topology, scenario, report, trial),
            None => Vec::new(),
        };
        Statement { matter: self.matter, says: self.says, remedies, advice: self.advice }
    }
}

/// Everything that is to be said of a report, in parts by file.
struct Matters<'a> {
    wiring: Wiring<'a>,
    report: &'a Report,
    clock: Clock,
}

impl<'a> Matters<'a> {
    fn new(topology: &'a Topology, scenario: &'a Scenario, report: &'a Report) -> Self {
        let wiring = Wiring { topology, scenario };
        Self { wiring, report, clock: Clock::new(report.start, report.lasts) }
    }

    fn all(&self) -> Vec<Draft> {
        let mut all = self.dead_letters();
        all.extend(self.losses());
        all.extend(self.missed_goals());
        all.extend(self.not_drained());
        if all.is_empty() {
            all.push(self.nothing_wrong());
        }
        all.extend(self.handed_on());
        all.extend(self.outside());
        all.extend(self.recovery());
        all.extend(self.unstruck());
        all.extend(self.assumed());
        all
    }

    fn nothing_wrong(&self) -> Draft {
        let mut says = "Nothing is dead, nothing is lost, and every goal is kept.".to_owned();
        if let Some(queue) = self.report.slowest_queue() {
            let age = std::time::Duration::from_secs_f64(queue.oldest_peak.value.max(0.0));
            let at = self.clock.time(queue.oldest_peak.at);
            let _ = write!(says, " The longest wait was {} in {}, at {at}.", span(age), queue.id);
        }
        Draft { matter: Matter::Fine, says, measure: None, candidates: Vec::new(), advice: None }
    }

    /// When queues were back to normal after the last fault.
    fn recovery(&self) -> Option<Draft> {
        let last = self.wiring.scenario.faults.iter().map(|fault| fault.until).max()?;
        let queues = self.report.queues.iter().filter(|queue| !queue.is_dead_letter_queue);
        let (queue, after) =
            queues.filter_map(|queue| Some((queue, queue.drained_after?))).max_by_key(|(_, after)| *after)?;
        let says = if after.is_zero() {
            format!("Queues were back to normal when the last fault ended, at {}.", self.clock.time(last))
        } else {
            format!(
                "{} was back to normal {} after the last fault, at {}.",
                queue.id,
                span(after),
                self.clock.time(last + after)
            )
        };
        Some(Draft { matter: Matter::Recovery, says, measure: None, candidates: Vec::new(), advice: None })
    }
}

fn headline(report: &Report) -> String {
    if report.survived() {
        let all: Vec<String> = report.items.iter().map(|it| format!("{} {}", count(it.arrived), it.name)).collect();
        return match all.as_slice() {
            [] => "It survives: nothing arrived.".to_owned(),
            all => format!("It survives: all {} are done.", all.join(" and all ")),
        };
    }
    let mut parts = Vec::new();
    for items in &report.items {
        let troubles = [(items.dead, "dead"), (items.lost, "lost"), (items.pending, "still under way")];
        let troubles = troubles.iter().filter(|(number, _)| *number > 0);
        let troubles: Vec<(String, &str)> = troubles.map(|(number, what)| (count(*number), *what)).collect();
        let all = format!("{} {}", count(items.arrived), items.name);
        match troubles.as_slice() {
            [] => {}
            [(number, what)] => {
                parts.push(format!("{number} of {all} {} {what}", if number == "1" { "is" } else { "are" }));
            }
            several => {
                let several: Vec<String> =
                    several.iter().map(|(number, what)| format!("{number} are {what}")).collect();
                parts.push(format!("of {all}, {}", several.join(", ")));
            }
        }
    }
    match report.missed_goals() {
        0 => {}
        1 => parts.push("a goal is missed".to_owned()),
        missed => parts.push(format!("{missed} goals are missed")),
    }
    format!("It does not survive: {}.", parts.join("; "))
}

#[cfg(test)]
mod tests;
