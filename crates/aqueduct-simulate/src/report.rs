//! What came of a simulation.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Serialize;

/// What came of a scenario. Times count from the start.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Messages that arrived.
    pub sent: usize,
    /// When nothing waited or ran any more; `None` when that took more than two weeks after the last arrival.
    pub at_rest: Option<Duration>,
    /// Queues, by logical id.
    pub queues: BTreeMap<String, QueueReport>,
    /// Messages and events that nothing kept.
    pub lost: usize,
}

/// What came of one queue.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct QueueReport {
    /// Messages accepted, moved ones included.
    pub accepted: usize,
    /// Messages deleted by their consumer.
    pub deleted: usize,
    /// Messages that reached the end of their retention.
    pub expired: usize,
    /// The most messages that waited or were in flight.
    pub backlog_peak: usize,
    /// When that was.
    pub backlog_peak_at: Duration,
    /// For a queue that others or services send their dead letters to: how many came, and why.
    pub dead_letters: BTreeMap<Cause, usize>,
    /// From the end of the last outage until the backlog was no more than its peak before the first outage; `None`
    /// without an outage, or when it never was.
    pub drained_after: Option<Duration>,
}

/// Why a message reached a dead-letter queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// It was received as often as its queue allows, and never ran: the function had no free concurrency.
    NeverRan,
    /// The function was down in its last execution.
    Outage,
    /// The function's timeout ended its last execution.
    TimedOut,
    /// Its last execution succeeded, but after the message was due to return to its queue.
    Late,
}
