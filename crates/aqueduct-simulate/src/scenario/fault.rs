//! What goes wrong, and what is changed meanwhile.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{span, written};
use crate::words::{number, percent};

/// Something that goes wrong between two times, counted from the start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "written::Fault")]
pub struct Fault {
    /// When it begins.
    #[serde(with = "span")]
    pub from: Duration,
    /// When it ends.
    #[serde(with = "span")]
    pub until: Duration,
    /// What it is.
    #[serde(flatten)]
    pub kind: FaultKind,
}

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FaultKind {
    /// Every record of a function fails.
    Outage {
        /// The function.
        function: String,
        /// How long a record takes to fail.
        #[serde(with = "span", default)]
        fails_after: Duration,
    },
    /// A function takes longer.
    SlowDown {
        /// The function.
        function: String,
        /// How many times as long.
        factor: f64,
    },
    /// A function may run no more than this many times at once, as when others use up the account's concurrency.
    Throttling {
        /// The function.
        function: String,
        /// Executions at once.
        concurrency: u32,
    },
    /// What a function calls serves no more than this many records a second; the others fail at once.
    DependencyCapacity {
        /// The function.
        function: String,
        /// Records a second.
        per_second: f64,
    },
    /// This share of what arrives is poison for a function.
    Poison {
        /// The function.
        function: String,
        /// From 0 to 1.
        share: f64,
    },
    /// This share of a standard queue's deliveries comes once more.
    Duplicates {
        /// The queue.
        queue: String,
        /// From 0 to 1.
        share: f64,
    },
    /// A function crashes between its effect and its answer in this share of its invocations, so that whole batches come again.
    Crash {
        /// The function.
        function: String,
        /// From 0 to 1.
        share: f64,
    },
    /// The messages of a dead-letter queue are moved back to where they came from, beginning at `from`; `until` says nothing.
    Redrive {
        /// The dead-letter queue.
        queue: String,
        /// Messages a second; as fast as SQS does it where nothing is said.
        #[serde(default)]
        per_second: Option<u32>,
    },
}

impl FaultKind {
    /// What goes wrong, in words: `OrderProcessor is down`.
    pub(crate) fn words(&self) -> String {
        match self {
            Self::Outage { function, .. } => format!("{function} is down"),
            Self::SlowDown { function, factor } => format!("{function} is {} times slower", number(*factor)),
            Self::Throttling { function, concurrency } => format!("{function} may run {concurrency} at once"),
            Self::DependencyCapacity { function, per_second } => {
                format!("what {function} calls serves {} a second", number(*per_second))
            }
            Self::Poison { function, share } => format!("{} is poison for {function}", percent(*share)),
            Self::Duplicates { queue, share } => format!("{} of {queue} comes twice", percent(*share)),
            Self::Crash { function, share } => format!("{function} crashes in {}", percent(*share)),
            Self::Redrive { queue, .. } => format!("redrive of {queue}"),
        }
    }

    /// The function or queue that it strikes.
    pub(crate) fn of(&self) -> &str {
        match self {
            Self::Outage { function, .. }
            | Self::SlowDown { function, .. }
            | Self::Throttling { function, .. }
            | Self::DependencyCapacity { function, .. }
            | Self::Poison { function, .. }
            | Self::Crash { function, .. } => function,
            Self::Duplicates { queue, .. } | Self::Redrive { queue, .. } => queue,
        }
    }
}

/// A change of the wiring at a point in time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// When, from the start.
    #[serde(with = "span")]
    pub at: Duration,
    /// The queue, function or mapping.
    pub resource: String,
    /// What is changed.
    pub setting: Setting,
    /// Its new value: seconds, a count or MB, as in the template.
    pub value: u64,
}

/// A setting that can be changed, by its name in templates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Setting {
    /// Of a queue, in seconds.
    VisibilityTimeout,
    /// Of a queue.
    #[serde(rename = "maxReceiveCount")]
    MaxReceiveCount,
    /// Of a queue, in seconds.
    DelaySeconds,
    /// Of a queue, in seconds.
    MessageRetentionPeriod,
    /// Of a mapping.
    BatchSize,
    /// Of a mapping, in seconds.
    MaximumBatchingWindowInSeconds,
    /// Of a mapping.
    MaximumConcurrency,
    /// Of a function.
    ReservedConcurrentExecutions,
    /// Of a function, in seconds.
    Timeout,
    /// Of a function, in MB. Service times stay what they are.
    MemorySize,
}
