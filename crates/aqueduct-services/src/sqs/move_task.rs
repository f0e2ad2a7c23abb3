//! A message move task: its state, its pace, its handle, and how it is answered.
//!
//! Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html>

use aqueduct_topology::Arn;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};

use super::limits::{MOVE_RUNS_MAX, move_due};
use super::refusal::invalid_value;
use crate::{ApiError, Timestamp};

/// What a task is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Status {
    Running,
    /// Cancelled, and still holding its place until its next message would be due.
    Cancelling,
    Completed,
    Cancelled,
    /// Ended by this error.
    Failed(String),
}

impl Status {
    const fn name(&self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Cancelling => "CANCELLING",
            Self::Completed => "COMPLETED",
            Self::Cancelled => "CANCELLED",
            Self::Failed(_) => "FAILED",
        }
    }
}

/// A task that moves the messages of a dead-letter queue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct MoveTask {
    pub(super) id: String,
    pub(super) source: Arn,
    /// Without one, each message goes to the queue that gave up on it.
    pub(super) destination: Option<Arn>,
    /// Messages in a second, when the caller named a pace.
    pub(super) rate: Option<u32>,
    pub(super) started: Timestamp,
    pub(super) status: Status,
    /// How many messages could be received from the source when the task began. It moves no more than these, so that
    /// a message that fails again and comes back is not moved for ever.
    pub(super) to_move: usize,
    pub(super) moved: usize,
}

impl MoveTask {
    /// Whether it keeps another task from its source.
    pub(super) const fn is_active(&self) -> bool {
        matches!(self.status, Status::Running | Status::Cancelling)
    }

    /// When it has something to do next: the first message goes at once, and the others follow at an even pace.
    pub(super) fn due(&self) -> Option<Timestamp> {
        self.is_active().then(|| self.started + move_due(self.moved as u64, self.rate))
    }

    /// Whether its next message is due too late to be moved.
    pub(super) fn is_overdue(&self) -> bool {
        self.due().is_some_and(|due| due.since(self.started) > MOVE_RUNS_MAX)
    }

    /// Names the task towards its caller: Base64 of a JSON object, as decoded by LocalStack's AWS-validated test
    /// `test_basic_move_task_workflow`.
    pub(super) fn handle(&self) -> String {
        let handle = Handle { task_id: self.id.clone(), source_arn: self.source.to_string() };
        // A structure of two strings always serialises.
        STANDARD.encode(serde_json::to_string(&handle).unwrap_or_default())
    }

    /// The task as `ListMessageMoveTasks` answers it: only one that runs has a handle.
    ///
    /// Recorded by LocalStack's AWS-validated tests `test_move_task_cancel` and `test_basic_move_task_workflow`.
    pub(super) fn entry(&self) -> MoveTaskEntry {
        let failure_reason = match &self.status {
            Status::Failed(reason) => Some(reason.clone()),
            _ => None,
        };
        MoveTaskEntry {
            task_handle: (self.status == Status::Running).then(|| self.handle()),
            status: self.status.name(),
            source_arn: self.source.clone(),
            destination_arn: self.destination.clone(),
            max_number_of_messages_per_second: self.rate,
            approximate_number_of_messages_moved: self.moved,
            approximate_number_of_messages_to_move: self.to_move,
            failure_reason,
            started_timestamp: self.started,
        }
    }
}

/// What a task's handle says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Handle {
    pub(super) task_id: String,
    pub(super) source_arn: String,
}

impl Handle {
    /// Reads a handle; the refusal is recorded by LocalStack's AWS-validated test
    /// `test_cancel_with_invalid_task_handle`.
    pub(super) fn parse(text: &str) -> Result<Self, ApiError> {
        let bytes = STANDARD.decode(text).ok();
        let handle = bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        handle.ok_or_else(|| invalid_value("Value for parameter TaskHandle is invalid."))
    }
}

/// A move task that began.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StartedMoveTask {
    /// Names the task in `CancelMessageMoveTask`.
    pub task_handle: String,
}

/// A move task that is being cancelled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CancelledMoveTask {
    /// How many messages it moved so far.
    pub approximate_number_of_messages_moved: usize,
}

/// The move tasks of a queue, the latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MoveTasks {
    /// Up to ten.
    pub results: Vec<MoveTaskEntry>,
}

/// A move task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct MoveTaskEntry {
    /// Names the task while it runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task_handle: Option<String>,
    /// `RUNNING`, `COMPLETED`, `CANCELLING`, `CANCELLED` or `FAILED`.
    pub status: &'static str,
    /// The dead-letter queue.
    pub source_arn: Arn,
    /// Where the messages go, when the caller named a queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_arn: Option<Arn>,
    /// Messages in a second, when the caller named a pace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_number_of_messages_per_second: Option<u32>,
    /// How many it moved so far.
    pub approximate_number_of_messages_moved: usize,
    /// How many there were to move at its start.
    pub approximate_number_of_messages_to_move: usize,
    /// Why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_reason: Option<String>,
    /// When it began, in milliseconds since the epoch.
    pub started_timestamp: Timestamp,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::sqs::limits::MOVE_RATE_MAX;

    fn task(rate: Option<u32>) -> MoveTask {
        MoveTask {
            id: "10f57157-fc38-4da9-a113-4de7e12d05dd".into(),
            source: Arn::new("arn:aws:sqs:r:1:dead"),
            destination: None,
            rate,
            started: Timestamp::from_millis(1_000),
            status: Status::Running,
            to_move: 10,
            moved: 0,
        }
    }

    #[test]
    fn the_pace_never_exceeds_the_rate() {
        for rate in [1, 3, 7, 300, MOVE_RATE_MAX] {
            let mut task = task(Some(rate));
            let due = |task: &mut MoveTask, moved: u32| {
                task.moved = usize::try_from(moved).unwrap();
                task.due().unwrap()
            };
            assert_eq!(due(&mut task, 0), task.started, "the first goes at once");
            for moved in 0..1_000 {
                let (first, beyond) = (due(&mut task, moved), due(&mut task, moved + rate));
                assert_eq!(beyond.since(first), Duration::from_secs(1), "{rate} in a second");
            }
        }
        assert_eq!(task(None).due(), task(Some(MOVE_RATE_MAX)).due());
    }

    #[test]
    fn a_task_runs_for_36_hours() {
        let mut task = task(Some(1));
        for (moved, overdue) in [(36 * 3_600, false), (36 * 3_600 + 1, true)] {
            task.moved = moved;
            assert_eq!(task.is_overdue(), overdue, "{moved}");
        }
    }

    #[test]
    fn handles_come_back_as_they_went() {
        let handle = Handle::parse(&task(None).handle()).unwrap();
        assert_eq!((handle.task_id, handle.source_arn), (task(None).id, "arn:aws:sqs:r:1:dead".into()));
        for text in ["foobared", "", "e30="] {
            assert_eq!(Handle::parse(text).unwrap_err().message, "Value for parameter TaskHandle is invalid.");
        }
    }
}
