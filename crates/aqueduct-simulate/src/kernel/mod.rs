//! The engine.

use std::time::Duration;

use aqueduct_topology::Topology;

use crate::{Error, FunctionReport, Prepared, Progress, QueueReport, Report, Usage};

/// Runs a scenario.
pub(crate) fn run(
    topology: &Topology,
    prepared: &Prepared,
    seed: u64,
    progress: &mut dyn FnMut(Progress),
) -> Result<Report, Error> {
    let scenario = &prepared.scenario;
    progress(Progress { at: Duration::ZERO, lasts: scenario.lasts, deliveries: 0 });
    let queue = |id: &String| QueueReport { id: id.clone(), ..QueueReport::default() };
    let function = |id: &String| FunctionReport { id: id.clone(), ..FunctionReport::default() };
    Ok(Report {
        title: scenario.title.clone(),
        seed,
        start: scenario.start,
        lasts: scenario.lasts,
        at_rest: None,
        deliveries: 0,
        items: Vec::new(),
        queues: topology.queues.iter().map(|each| queue(&each.id)).collect(),
        functions: topology.functions.iter().map(|each| function(&each.id)).collect(),
        goals: Vec::new(),
        usage: Usage::default(),
    })
}
