//! What happens in a simulation: arrivals, what functions do with their work, faults, changes of wiring, goals.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

mod fault;
pub(crate) mod moment;
mod prepared;
pub(crate) mod problem;
mod retries;
mod span;
mod written;

pub use fault::{Change, Fault, FaultKind, Setting};
pub use prepared::Prepared;
pub use problem::Problem;
pub use retries::{Assumed, Backoff, Jitter, Retries};

/// A scenario, as a TOML file describes it. Resources are named by logical id, and durations are written `90s` or `1h 30m`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// What it is about, in a line.
    pub title: String,
    /// The time of day that it begins at, in UTC, for reports and daily curves.
    #[serde(deserialize_with = "moment::deserialize")]
    pub start: Timestamp,
    /// How long messages arrive. The simulation goes on afterwards until it is at rest.
    #[serde(with = "span")]
    pub lasts: Duration,
    /// What arrives.
    pub arrivals: Vec<Arrivals>,
    /// What functions do, by logical id. A function that is not here takes 100 ms for each record and publishes nothing.
    #[serde(default)]
    pub functions: BTreeMap<String, Behaviour>,
    /// What goes wrong, and when.
    #[serde(default)]
    pub faults: Vec<Fault>,
    /// What is changed in the wiring while it runs.
    #[serde(default)]
    pub changes: Vec<Change>,
    /// What is promised to users.
    #[serde(default)]
    pub goals: Vec<Goal>,
}

/// Items that enter the pipeline at one place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Arrivals {
    /// What reports call them, in the plural: `orders`.
    pub name: String,
    /// The queue, topic, bus or function that they enter by.
    pub to: String,
    /// When they come.
    pub process: Process,
    /// A file with a sample of what arrives, relative to the scenario's: routes through filters and rules are found with it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<String>,
    /// Message groups among which they are spread evenly; none for a queue without groups.
    #[serde(default)]
    pub groups: u32,
    /// The share of all items that belong to one group, the noisy one.
    #[serde(default)]
    pub noisy_share: f64,
}

/// When items come. Rates are items a second.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Process {
    /// At equal gaps.
    Constant {
        /// Items a second.
        per_second: f64,
    },
    /// Independently of each other.
    Poisson {
        /// Items a second in the mean.
        per_second: f64,
    },
    /// Independently, at a rate that goes through the day: straight lines between the points, round the clock.
    Daily {
        /// Rates at times of day, `HH:MM` in UTC.
        points: BTreeMap<String, f64>,
    },
    /// A number of items at once, and nothing else; give several sets of arrivals to add it to another process.
    Burst {
        /// When.
        #[serde(with = "span")]
        at: Duration,
        /// How many.
        #[serde(deserialize_with = "written::items")]
        items: u64,
    },
    /// At the times of a file: one RFC 3339 timestamp or number of seconds since the start on each line.
    Trace {
        /// The file, relative to the scenario's.
        file: String,
    },
}

/// How long a function takes for a record unless the scenario says.
pub(crate) const USUAL_TIME: Duration = Duration::from_millis(100);

/// What a function does with its work.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Behaviour {
    /// How long it takes.
    pub takes: ServiceTime,
    /// Whether it takes the time once for a batch, and not for each record.
    pub per_batch: bool,
    /// How much longer the first invocation of an execution environment takes.
    #[serde(with = "span")]
    pub cold_start: Duration,
    /// The share of records that fail and succeed when they come again, from 0 to 1.
    pub failing: f64,
    /// The share of messages that fail whenever they come: poison.
    pub poison: f64,
    /// Whether poison is put into the dead-letter queue when it first comes, as `Outcome::Reject` of the toolkit does.
    pub rejects_poison: bool,
    /// After how many receives a record that fails is put into the dead-letter queue, as `Consumer::attempts` of the toolkit does;
    /// else the queue's own `maxReceiveCount` ends it.
    pub attempts: Option<u32>,
    /// Whether failed records wait longer each time, as the toolkit's redelivery does by itself; else for the visibility timeout.
    pub backs_off: bool,
    /// How they do where it is another way than the toolkit's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backoff: Option<Backoff>,
    /// What it publishes for each record that succeeds.
    pub publishes: Vec<Publication>,
    /// Calls of DynamoDB for each record, for the bill: reads.
    pub reads: f64,
    /// Calls of DynamoDB for each record, for the bill: writes.
    pub writes: f64,
}

/// How long a function takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, try_from = "written::ServiceTime")]
pub enum ServiceTime {
    /// The same each time.
    Fixed {
        /// The time.
        #[serde(with = "span")]
        fixed: Duration,
    },
    /// The lognormal distribution that has these two percentiles.
    Lognormal {
        /// The median.
        #[serde(with = "span")]
        p50: Duration,
        /// What one in a hundred exceeds.
        #[serde(with = "span")]
        p99: Duration,
    },
    /// The exponential distribution.
    Exponential {
        /// The mean.
        #[serde(with = "span")]
        mean: Duration,
    },
    /// Measured times, each as likely as the others.
    Empirical {
        /// A file with one duration on each line, relative to the scenario's.
        file: String,
    },
}

/// What a function publishes for a record that succeeds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Publication {
    /// The queue, topic or bus.
    pub to: String,
    /// How many messages for a record, in the mean.
    #[serde(default = "one")]
    pub count: f64,
    /// A file with a sample, relative to the scenario's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sample: Option<String>,
}

fn one() -> f64 {
    1.0
}

/// What is promised: that a share of items is worked on within a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Goal {
    /// What arrives, by the name of its arrivals.
    pub of: String,
    /// The function that has to have succeeded with it.
    pub done_by: String,
    /// How long after it arrived.
    #[serde(with = "span")]
    pub within: Duration,
    /// For which share, from 0 to 1.
    pub share: f64,
}

impl Default for Behaviour {
    fn default() -> Self {
        Self {
            takes: ServiceTime::Fixed { fixed: USUAL_TIME },
            per_batch: false,
            cold_start: Duration::ZERO,
            failing: 0.0,
            poison: 0.0,
            rejects_poison: false,
            attempts: None,
            backs_off: false,
            backoff: None,
            publishes: Vec::new(),
            reads: 0.0,
            writes: 0.0,
        }
    }
}
