//! What came of a simulation.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::Assumed;

mod dead;
mod html;
mod results;
#[cfg(test)]
pub(crate) mod samples;
mod series;

pub use dead::{Cause, DeadLetters};
pub use results::{Results, SCHEMA_VERSION};
pub use series::{Peak, Series};

/// What came of one run. Durations that are points in time count from the start. In JSON, durations are seconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The scenario's title.
    pub title: String,
    /// Where chance started from.
    pub seed: u64,
    /// The time of day at the start.
    pub start: Timestamp,
    /// How long messages arrived.
    #[serde(serialize_with = "seconds")]
    pub lasts: Duration,
    /// When nothing waited or ran any more; `None` when that was not so two weeks after the last arrival.
    #[serde(serialize_with = "seconds_if_any")]
    pub at_rest: Option<Duration>,
    /// Deliveries of messages and events to functions, retries included.
    pub deliveries: u64,
    /// What arrived.
    pub items: Vec<Items>,
    /// Queues, in the template's order.
    pub queues: Vec<QueueReport>,
    /// Functions, in the template's order.
    pub functions: Vec<FunctionReport>,
    /// What was promised.
    pub goals: Vec<GoalReport>,
    /// What led out of what is simulated.
    pub outside: Vec<Outside>,
    /// What each fault struck, in the scenario's order: records that an outage, poison, a slow-down or a dependency met, invocations
    /// that crashed or were throttled, messages that came once more or were moved back. A fault that struck nothing said nothing
    /// of the template.
    pub struck: Vec<u64>,
    /// Retries of functions that the scenario does not say, with where they stand.
    pub assumed: Vec<Assumed>,
    /// What AWS puts on its bill.
    pub usage: Usage,
}

/// A rule's target or a subscriber in another service, Region or account, which is not simulated. The items whose messages go there
/// are done with them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Outside {
    /// The rule or subscription.
    pub from: String,
    /// Where it leads: an ARN or another address.
    pub to: String,
    /// Why it is not simulated.
    pub why: String,
    /// How many messages left by it.
    pub left: u64,
}

/// What came of what arrived under one name.
///
/// An item is in the first of these that is true of any message that it led to: lost, dead, pending; else it is done.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Items {
    /// The name of the arrivals.
    pub name: String,
    /// How many arrived.
    pub arrived: u64,
    /// Items all of whose messages were worked on, or lie in a queue that nothing in the template reads.
    pub done: u64,
    /// Items with a message in a dead-letter queue at the end.
    pub dead: u64,
    /// Items with a message that nothing kept: expired, dropped, or refused where no dead-letter queue is.
    pub lost: u64,
    /// Items that are still under way at the end.
    pub pending: u64,
}

/// What came of one queue.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct QueueReport {
    /// Its logical id.
    pub id: String,
    /// Whether others send their dead letters to it.
    pub is_dead_letter_queue: bool,
    /// Messages that came, those moved here included.
    pub arrived: u64,
    /// Messages deleted by their consumer after they were worked on.
    pub done: u64,
    /// Messages deleted by a mapping whose filters let them not through.
    pub filtered: u64,
    /// Messages moved to its dead-letter queue.
    pub dead_lettered: u64,
    /// Messages that reached the end of their retention.
    pub expired: u64,
    /// Messages moved back by a redrive.
    pub redriven: u64,
    /// Messages in it at the end.
    pub left: u64,
    /// Messages that wait or are in flight.
    pub backlog: Series,
    /// Messages that are in flight.
    pub in_flight: Series,
    /// How old the oldest message is, in seconds since it was sent.
    pub oldest: Series,
    /// The greatest of `backlog`.
    pub backlog_peak: Peak,
    /// The greatest of `in_flight`.
    pub in_flight_peak: Peak,
    /// The greatest of `oldest`, in seconds.
    pub oldest_peak: Peak,
    /// How often messages had been received when they left: messages by receive count.
    pub receives: BTreeMap<u32, u64>,
    /// What came to it as a dead letter, by where from and why.
    pub dead_letters: Vec<DeadLetters>,
    /// From the end of the last fault until the backlog was no more than its peak before the first; `None` without a fault,
    /// or when it never was.
    #[serde(serialize_with = "seconds_if_any")]
    pub drained_after: Option<Duration>,
}

/// What came of one function.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FunctionReport {
    /// Its logical id.
    pub id: String,
    /// Invocations that ran.
    pub invocations: u64,
    /// Records, or events without records, in them.
    pub records: u64,
    /// Records that failed, those of failed batches included.
    pub failed: u64,
    /// Records that had succeeded before: duplicates, for which effects must be idempotent.
    pub repeated: u64,
    /// Invocations that their timeout ended.
    pub timeouts: u64,
    /// Invocations that found no free concurrency.
    pub throttles: u64,
    /// Invocations in a new execution environment.
    pub cold_starts: u64,
    /// Executions at once.
    pub concurrency: Series,
    /// The greatest of `concurrency`.
    pub concurrency_peak: Peak,
    /// The time of all executions together.
    #[serde(serialize_with = "seconds")]
    pub busy: Duration,
    /// `busy` as a share of what its concurrency allows while messages arrive; `None` where only the account bounds it.
    pub utilisation: Option<f64>,
}

/// How long items took from their arrival, in the interpolation of the nearest rank.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Latency {
    /// The median.
    #[serde(serialize_with = "seconds")]
    pub p50: Duration,
    /// Nine in ten.
    #[serde(serialize_with = "seconds")]
    pub p90: Duration,
    /// 99 in 100.
    #[serde(serialize_with = "seconds")]
    pub p99: Duration,
    /// 999 in 1,000.
    #[serde(serialize_with = "seconds")]
    pub p999: Duration,
    /// The mean.
    #[serde(serialize_with = "seconds")]
    pub mean: Duration,
    /// The longest.
    #[serde(serialize_with = "seconds")]
    pub max: Duration,
}

/// What came of a promise.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct GoalReport {
    /// What arrives.
    pub of: String,
    /// The function.
    pub done_by: String,
    /// The promised time.
    #[serde(serialize_with = "seconds")]
    pub within: Duration,
    /// The promised share.
    pub share: f64,
    /// The share that kept it, of all that arrived.
    pub kept: f64,
    /// How long those took that were done.
    pub latency: Latency,
}

/// Billable units, over the whole run.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Usage {
    /// Requests to standard queues whose messages carry no group, by what Lambda polls and functions send. Empty polls are left
    /// out, and the report says so.
    pub sqs_requests: u64,
    /// Requests to FIFO queues.
    pub sqs_fifo_requests: u64,
    /// Requests to standard queues whose messages carry a group, which fair queues are billed by.
    pub sqs_fair_requests: u64,
    /// Messages published to topics.
    pub sns_publishes: u64,
    /// Events put on buses.
    pub events: u64,
    /// Invocations.
    pub lambda_requests: u64,
    /// Memory by time: GB-seconds.
    pub lambda_gb_seconds: f64,
    /// Reads of DynamoDB.
    pub dynamodb_reads: f64,
    /// Writes of DynamoDB.
    pub dynamodb_writes: f64,
}

fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

#[expect(clippy::ref_option, reason = "serde calls it so")]
fn seconds_if_any<S: Serializer>(duration: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    duration.map(|it| it.as_secs_f64()).serialize(serializer)
}

impl Report {
    /// Until when there is something to see: as long as messages arrive, and until no queue holds messages that somebody
    /// consumes.
    pub fn eventful(&self) -> Duration {
        let queues = self.queues.iter().filter(|queue| !queue.is_dead_letter_queue);
        queues.map(|queue| queue.backlog.last_positive()).fold(self.lasts, Duration::max)
    }

    /// The queue in which messages waited longest, of those that somebody consumes.
    pub(crate) fn slowest_queue(&self) -> Option<&QueueReport> {
        let queues = self.queues.iter().filter(|queue| !queue.is_dead_letter_queue && queue.arrived > 0);
        queues.max_by(|a, b| a.oldest_peak.value.total_cmp(&b.oldest_peak.value))
    }
}
