//! A replay: which events of an archive it sends once more, and how far it is.
//!
//! Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-replay-archived-event.html>

use std::time::Duration;

use aqueduct_topology::Arn;
use serde::{Deserialize, Serialize};

use super::answers::ReplayDescription;
use super::api::{ListReplays, ReplayDestination};
use crate::Timestamp;

/// How long a replay takes to start, and then for each minute that has events. AWS publishes neither; there it is
/// minutes before anything is replayed.
pub(super) const STEP: Duration = Duration::from_secs(1);

/// How long a replay that ended is remembered.
///
/// Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-replay-archived-event.html>
const MEMORY: Duration = Duration::from_hours(90 * 24);

/// What a replay is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum State {
    Starting,
    Running,
    /// Cancelled, until its next minute would be due.
    Cancelling,
    Completed,
    Cancelled,
    /// Ended, because of this.
    Failed(String),
}

impl State {
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Self::Starting => "STARTING",
            Self::Running => "RUNNING",
            Self::Cancelling => "CANCELLING",
            Self::Completed => "COMPLETED",
            Self::Cancelled => "CANCELLED",
            Self::Failed(_) => "FAILED",
        }
    }
}

/// A replay of an archive.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Replay {
    pub(super) name: String,
    pub(super) arn: Arn,
    pub(super) description: Option<String>,
    pub(super) archive: Arn,
    pub(super) destination: ReplayDestination,
    /// The bus's name.
    pub(super) bus: String,
    /// Events of this time and later, and of before `until`.
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    /// Events of this time and later are still to be replayed.
    pub(super) next: Timestamp,
    /// When the last event happened that was replayed.
    pub(super) last: Option<Timestamp>,
    pub(super) state: State,
    pub(super) started: Timestamp,
    pub(super) ended: Option<Timestamp>,
    /// When it has something to do next.
    pub(super) due: Option<Timestamp>,
}

impl Replay {
    /// Whether it has not come to its end.
    pub(super) const fn is_active(&self) -> bool {
        self.due.is_some()
    }

    /// Whether it ended so long ago that nobody remembers it.
    pub(super) fn is_forgotten(&self, now: Timestamp) -> bool {
        self.ended.is_some_and(|ended| now.since(ended) >= MEMORY)
    }

    /// Goes on after a step, or ends.
    pub(super) fn enter(&mut self, now: Timestamp, state: State) {
        self.due = match state {
            State::Starting | State::Running | State::Cancelling => Some(now + STEP),
            State::Completed | State::Cancelled | State::Failed(_) => None,
        };
        self.ended = self.due.is_none().then_some(now);
        self.state = state;
    }

    /// Whether a list that asks so names it.
    pub(super) fn is_asked(&self, list: &ListReplays) -> bool {
        list.name_prefix.as_deref().is_none_or(|prefix| self.name.starts_with(prefix))
            && list.state.as_deref().is_none_or(|state| self.state.name() == state)
            && list.event_source_arn.as_ref().is_none_or(|archive| self.archive == *archive)
    }

    /// The replay as `DescribeReplay` answers it.
    pub(super) fn description(&self) -> ReplayDescription {
        let state_reason = match &self.state {
            State::Failed(reason) => Some(reason.clone()),
            _ => None,
        };
        ReplayDescription {
            replay_name: self.name.clone(),
            replay_arn: Some(self.arn.clone()),
            description: self.description.clone(),
            state: self.state.name(),
            state_reason,
            event_source_arn: self.archive.clone(),
            destination: Some(self.destination.clone()),
            event_start_time: self.from,
            event_end_time: self.until,
            event_last_replayed_time: self.last,
            replay_start_time: self.started,
            replay_end_time: self.ended,
        }
    }

    /// The replay as `ListReplays` answers it.
    pub(super) fn listed(&self) -> ReplayDescription {
        ReplayDescription { replay_arn: None, description: None, destination: None, ..self.description() }
    }
}
