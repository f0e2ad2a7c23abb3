//! The actions on message move tasks, and the moving itself.
//!
//! Sources: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html>,
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CancelMessageMoveTask.html>,
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListMessageMoveTasks.html>

use std::sync::Arc;

use aqueduct_topology::Arn;

use super::Sqs;
use super::api::{CancelMessageMoveTask, ListMessageMoveTasks, Response, StartMessageMoveTask};
use super::limits::MOVE_RATE_MAX;
use super::message::Parcel;
use super::move_task::{CancelledMoveTask, Handle, MoveTask, MoveTasks, StartedMoveTask, Status};
use super::queue::Queue;
use super::refusal::{batch as coded, invalid, invalid_value, missing, no_queue, no_resource};
use crate::{ApiError, Timestamp, What};

/// The most active tasks of an account.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html>
const ACTIVE_MAX: usize = 100;

/// How many tasks of a queue are remembered, and the most that a list answers.
const LISTED_MAX: usize = 10;

impl Sqs {
    /// Begins to move a dead-letter queue's messages.
    ///
    /// Refusals recorded by LocalStack's AWS-validated tests `test_source_needs_redrive_policy`,
    /// `test_destination_needs_to_exist` and `test_start_multiple_move_tasks`.
    pub(super) fn start_move_task(
        &mut self,
        now: Timestamp,
        input: &StartMessageMoveTask,
    ) -> Result<Response, ApiError> {
        let source = self.source_of_moves(&input.source_arn)?;
        let (source, fifo, to_move) = (Arn::clone(&source.arn), source.settings.fifo, source.visible());
        if !self.redrive_targets().any(|name| name == source.name()) {
            return Err(invalid_value("Source queue must be configured as a Dead Letter Queue."));
        }
        let destination = input.destination_arn.as_deref().filter(|arn| !arn.is_empty()).map(Arn::new);
        if let Some(destination) = &destination {
            let queue = self.by_arn(destination).ok_or_else(|| no_resource("DestinationArn"))?;
            if *queue.arn == source || queue.settings.fifo != fifo {
                let reason = "The destination must be another queue of the same type as the source.";
                return Err(invalid(destination.as_str(), "DestinationArn", reason));
            }
        }
        let rate = rate_of(input)?;
        if self.moves.values().any(|task| task.is_active() && task.source == source) {
            return Err(invalid_value(
                "There is already a task running. Only one active task is allowed for a source queue arn at a given \
                 time.",
            ));
        }
        if self.moves.values().filter(|task| task.is_active()).count() >= ACTIVE_MAX {
            let message = format!("An account has at most {ACTIVE_MAX} active message move tasks.");
            return Err(coded("RequestThrottled", "RequestThrottled", message));
        }
        let (id, status) = (self.ids.uuid(), Status::Running);
        let task = MoveTask { id, source, destination, rate, started: now, status, to_move, moved: 0 };
        let task_handle = task.handle();
        self.forget_old_moves(&task.source);
        let number = self.moves.last_key_value().map_or(0, |(last, _)| last + 1);
        self.moves.insert(number, task);
        self.next_move = Some(now);
        Ok(Response::MoveStarted(StartedMoveTask { task_handle }))
    }

    /// Stops a task that runs; what it moved stays moved.
    ///
    /// Refusals recorded by LocalStack's AWS-validated tests `test_cancel_with_invalid_source_arn_in_task_handle` and
    /// `test_cancel_with_invalid_task_id_in_task_handle`.
    pub(super) fn cancel_move_task(&mut self, input: &CancelMessageMoveTask) -> Result<Response, ApiError> {
        if input.task_handle.is_empty() {
            return Err(missing("TaskHandle"));
        }
        let handle = Handle::parse(&input.task_handle)?;
        let source = Arc::clone(&self.source_of_moves(&handle.source_arn)?.arn);
        let named = self.moves.iter().find(|(_, task)| task.id == handle.task_id && task.source == *source);
        let number = named.map(|(number, _)| *number);
        let task = number.and_then(|number| self.moves.get_mut(&number));
        let task =
            task.ok_or_else(|| ApiError::sender("ResourceNotFoundException", "Task does not exist.").with_status(404))?;
        if task.status != Status::Running {
            let message = "A message move task can only be cancelled while its status is RUNNING.";
            return Err(coded("UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation", message));
        }
        task.status = Status::Cancelling;
        let approximate_number_of_messages_moved = task.moved;
        Ok(Response::MoveCancelled(CancelledMoveTask { approximate_number_of_messages_moved }))
    }

    /// The latest tasks of a queue: one, unless the caller asks for more.
    pub(super) fn list_move_tasks(&self, input: &ListMessageMoveTasks) -> Result<Response, ApiError> {
        let source = &self.source_of_moves(&input.source_arn)?.arn;
        let asked = input.max_results.unwrap_or(1);
        let max = usize::try_from(asked).ok().filter(|max| (1..=LISTED_MAX).contains(max));
        let max = max.ok_or_else(|| invalid(&asked.to_string(), "MaxResults", "Must be between 1 and 10."))?;
        let tasks = self.moves.values().rev().filter(|task| task.source == **source);
        Ok(Response::MoveTasks(MoveTasks { results: tasks.take(max).map(MoveTask::entry).collect() }))
    }

    fn source_of_moves(&self, arn: &str) -> Result<&Queue, ApiError> {
        if arn.is_empty() {
            return Err(missing("SourceArn"));
        }
        self.by_arn(&Arn::new(arn)).ok_or_else(|| no_resource("SourceArn"))
    }

    /// Makes room for one more task of a queue.
    fn forget_old_moves(&mut self, source: &Arn) {
        let of_source = self.moves.iter().rev().filter(|(_, task)| task.source == *source);
        let old: Vec<u64> = of_source.skip(LISTED_MAX - 1).map(|(number, _)| *number).collect();
        for number in old {
            self.moves.remove(&number);
        }
    }

    /// Moves what is due by `now`.
    pub(super) fn advance_moves(&mut self, now: Timestamp) {
        if self.next_move.is_none_or(|due| due > now) {
            return;
        }
        let is_due = |task: &MoveTask| task.due().is_some_and(|due| due <= now);
        let due: Vec<u64> = self.moves.iter().filter(|(_, task)| is_due(task)).map(|(number, _)| *number).collect();
        for number in due {
            let Some(mut task) = self.moves.get(&number).cloned() else { continue };
            while is_due(&task) {
                task.status = self.step(now, &mut task);
            }
            self.moves.insert(number, task);
        }
        self.next_move = self.moves.values().filter_map(MoveTask::due).min();
    }

    /// Moves a task's next message, the oldest that a receive would give: one in flight stays where it is.
    fn step(&mut self, now: Timestamp, task: &mut MoveTask) -> Status {
        if task.status == Status::Cancelling {
            return Status::Cancelled;
        }
        if task.is_overdue() {
            return Status::Failed("the task ran for 36 hours".to_owned());
        }
        if task.moved >= task.to_move {
            return Status::Completed;
        }
        let lifted = self.queues.get_mut(task.source.name()).and_then(|mut source| source.lift(now));
        let Some(parcel) = lifted else { return Status::Completed };
        if let Err((parcel, reason)) = self.land(now, task, parcel) {
            if let Some(mut source) = self.queues.get_mut(task.source.name()) {
                source.put_back(*parcel);
            }
            return Status::Failed(reason);
        }
        task.moved += 1;
        if task.moved == task.to_move { Status::Completed } else { Status::Running }
    }

    /// Brings a message to its destination, or gives it back with SQS's name for what was wrong.
    ///
    /// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/troubleshooting-dlq-redrive.html>, and
    /// recorded by LocalStack's AWS-validated test `test_move_task_delete_destination_queue_while_running`.
    fn land(&mut self, now: Timestamp, task: &MoveTask, parcel: Parcel) -> Result<(), (Box<Parcel>, String)> {
        let refused = |parcel, reason: &str| Err((Box::new(parcel), reason.to_owned()));
        let source = parcel.message.dead_letter_source().map(|source| Arn::clone(source));
        let Some(to) = task.destination.clone().or(source) else {
            return refused(parcel, "CouldNotDetermineMessageSource");
        };
        let Some(mut queue) = self.queues.get_mut(to.name()).filter(|queue| *queue.arn == to) else {
            let error = no_queue();
            return refused(parcel, &error.query_code.unwrap_or(error.code));
        };
        if !queue.has_room_for(&parcel.message) {
            return refused(parcel, "InvalidParameterValue");
        }
        let id = self.ids.next_uuid();
        self.notes.add(|| {
            let what = What::Moved { to: to.name().to_owned(), becomes: id.to_string() };
            parcel.message.note(now, task.source.name(), what)
        });
        queue.adopt(now, parcel, id, &mut self.notes);
        Ok(())
    }
}

fn rate_of(input: &StartMessageMoveTask) -> Result<Option<u32>, ApiError> {
    let Some(asked) = input.max_number_of_messages_per_second else { return Ok(None) };
    let rate = u32::try_from(asked).ok().filter(|rate| (1..=MOVE_RATE_MAX).contains(rate));
    let reason = format!("Must be between 1 and {MOVE_RATE_MAX}, if provided.");
    rate.map(Some).ok_or_else(|| invalid(&asked.to_string(), "MaxNumberOfMessagesPerSecond", &reason))
}
