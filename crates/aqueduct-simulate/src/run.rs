//! A scenario run.

use std::time::Duration;

use aqueduct_services::ApiError;
use aqueduct_topology::Topology;
use thiserror::Error;

use crate::scenario::problem::lines;
use crate::{Prepared, Problem, Report};

/// A scenario that cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Error {
    /// The scenario does not fit the topology, or does not fit itself.
    #[error("{}", lines(.0))]
    Scenario(Vec<Problem>),
    /// A service refuses a resource of the topology; the message starts with its logical id.
    #[error("the topology cannot be deployed: {0}")]
    Deployment(ApiError),
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Where it is in the scenario's time, counted from the start.
    pub at: Duration,
    /// Until when messages arrive; the run goes on afterwards until it is at rest.
    pub lasts: Duration,
    /// Deliveries so far.
    pub deliveries: u64,
}

/// Runs a scenario on a topology; the same seed gives the same report. `progress` is told now and then how far it is.
///
/// # Errors
///
/// All that is wrong with the scenario, before anything runs.
pub fn run(
    topology: &Topology,
    scenario: &Prepared,
    seed: u64,
    progress: &mut dyn FnMut(Progress),
) -> Result<Report, Error> {
    crate::kernel::run(topology, scenario, seed, progress)
}
