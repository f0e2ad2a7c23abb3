//! What happens in a simulation.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Arrivals, service times and outages. Resources are named by logical id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scenario {
    /// What arrives.
    pub workload: Workload,
    /// How long a function takes for each record, or for an event without records; 100 ms when it is not said.
    #[serde(default)]
    pub service_times: BTreeMap<String, Duration>,
    /// When functions are down.
    #[serde(default)]
    pub outages: Vec<Outage>,
    /// Where chance starts from.
    #[serde(default)]
    pub seed: u64,
}

/// Messages that arrive in a queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Workload {
    /// The queue.
    pub queue: String,
    /// Messages a minute; the gaps between them are random, twice the mean at most.
    pub per_minute: u32,
    /// For how long messages arrive.
    pub lasts: Duration,
    /// Message groups among which the messages of a FIFO queue are spread; a standard queue's have none.
    pub groups: u32,
}

/// An interval in which every invocation of a function fails at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outage {
    /// The function.
    pub function: String,
    /// When it begins, from the start.
    pub from: Duration,
    /// When it ends, from the start.
    pub until: Duration,
}
