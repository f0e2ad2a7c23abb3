//! From names to numbers: the scenario is held against the topology, and everything that is wrong is said at once.

use std::collections::BTreeMap;

use aqueduct_topology::{Arn, Topology};

use super::micros;
use super::outside::Split;
use super::plan::{self, Names, Plan};
use super::routes::Router;
use crate::scenario::problem::known_for;
use crate::{Error, Prepared, Problem};

mod arrivals;
mod functions;
mod groups;
mod steps;
mod topology;
mod ways;

/// Goals that an item keeps count of.
const GOALS_MAX: usize = 32;

/// Makes the plan of a scenario.
pub(super) fn plan(split: &Split, prepared: &Prepared) -> Result<Plan, Error> {
    Router::check(&split.inside).map_err(Error::Deployment)?;
    let mut preparing = Preparing::new(split, prepared);
    let mut plan = preparing.topology_plan()?;
    plan.exits.clone_from(&split.exits);
    preparing.arrivals(&mut plan);
    preparing.functions(&mut plan);
    preparing.goals(&mut plan);
    steps::steps(&mut preparing, &mut plan);
    preparing.groups(&mut plan);
    for mapping in 0..plan.mappings.len() {
        plan.mappings[mapping].passes = preparing.router.passes(mapping).map_err(Error::Deployment)?;
    }
    if preparing.problems.is_empty() { Ok(plan) } else { Err(Error::Scenario(preparing.problems)) }
}

/// A plan in the making.
#[derive(Debug)]
struct Preparing<'a> {
    topology: &'a Topology,
    /// The same with what leads out of it.
    whole: &'a Topology,
    prepared: &'a Prepared,
    queues: Names,
    functions: Names,
    mappings: Names,
    /// Queues by their ARN.
    queues_by_arn: BTreeMap<&'a str, u32>,
    topics: Names,
    buses: Names,
    router: Router<'a>,
    problems: Vec<Problem>,
}

impl<'a> Preparing<'a> {
    fn new(split: &'a Split, prepared: &'a Prepared) -> Self {
        let topology = &split.inside;
        Self {
            topology,
            whole: &split.sunk,
            prepared,
            queues: Names::new(topology.queues.iter().map(|queue| &queue.id)),
            functions: Names::new(topology.functions.iter().map(|function| &function.id)),
            mappings: Names::new(topology.mappings.iter().map(|mapping| &mapping.id)),
            queues_by_arn: topology.queues.iter().map(|queue| queue.arn.as_str()).zip(0..).collect(),
            topics: Names::new(topology.topics.iter().map(|topic| &topic.id)),
            buses: Names::new(topology.buses.iter().map(|bus| &bus.id)),
            router: Router::new(split),
            problems: Vec::new(),
        }
    }

    fn problem(&mut self, key: &str, message: impl Into<String>) {
        self.problems.push(self.prepared.problem(key, message));
    }

    /// Notes a problem unless something holds.
    fn expect(&mut self, holds: bool, key: &str, message: &str) {
        if !holds {
            self.problem(key, message);
        }
    }

    fn share(&mut self, share: f64, key: &str) {
        self.expect((0.0..=1.0).contains(&share), key, &format!("{share} is no share; shares go from 0 to 1"));
    }

    /// The number of a function.
    fn function(&mut self, id: &str, key: &str) -> Option<u32> {
        self.number(|it| &it.functions, "function", id, key)
    }

    /// The number of a queue.
    fn queue(&mut self, id: &str, key: &str) -> Option<u32> {
        self.number(|it| &it.queues, "queue", id, key)
    }

    /// The number of something that the topology must have.
    fn number(&mut self, names: fn(&Self) -> &Names, kind: &str, id: &str, key: &str) -> Option<u32> {
        let number = names(self).get(id);
        if number.is_none() {
            let known = known_for(id, names(self).iter());
            self.problem(key, format!("the topology has no {kind} {id:?}; it has {known}"));
        }
        number
    }

    /// The number of a queue by its ARN.
    fn by_arn(&self, arn: &Arn) -> Option<u32> {
        self.queues_by_arn.get(arn.as_str()).copied()
    }

    /// What is on the lines of a file; empty ones and comments behind `#` are left out.
    fn lines<T>(&mut self, name: &str, key: &str, read: impl Fn(&str) -> Option<T>, wrong: &str) -> Option<Vec<T>> {
        let file = match self.prepared.file(key, name) {
            Ok(file) => file,
            Err(problem) => {
                self.problems.push(problem);
                return None;
            }
        };
        let mut values = Vec::new();
        for (index, line) in file.text.lines().enumerate() {
            let line = line.split('#').next().unwrap_or_default().trim();
            if line.is_empty() {
                continue;
            }
            let Some(value) = read(line) else {
                let message = format!("{line:?} {wrong}");
                let (file, line) = (file.name.to_owned(), Some(index + 1));
                self.problems.push(Problem { file, line, key: key.to_owned(), message });
                return None;
            };
            values.push(value);
        }
        Some(values)
    }

    fn goals(&mut self, plan: &mut Plan) {
        let goals = &self.prepared.scenario.goals;
        self.expect(goals.len() <= GOALS_MAX, "goals", &format!("there are more than {GOALS_MAX}"));
        for (index, goal) in goals.iter().enumerate() {
            let key = format!("goals[{index}]");
            self.share(goal.share, &format!("{key}.share"));
            let arrivals = self.prepared.scenario.arrivals.iter().position(|arrivals| arrivals.name == goal.of);
            let function = self.function(&goal.done_by, &format!("{key}.done_by"));
            let Some(arrivals) = arrivals else {
                let names = self.prepared.scenario.arrivals.iter().map(|arrivals| arrivals.name.as_str());
                let names = known_for(&goal.of, names);
                self.problem(&format!("{key}.of"), format!("nothing arrives as {:?}; there are {names}", goal.of));
                continue;
            };
            let (Some(function), Ok(arrivals)) = (function, u16::try_from(arrivals)) else { continue };
            plan.goals.push(plan::Goal { arrivals, function, within: micros(goal.within), share: goal.share });
        }
    }
}
