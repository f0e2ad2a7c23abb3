//! Receives that wait for a message.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use super::asked::Asked;
use super::content;
use super::limits::{IN_FLIGHT_MAX, VISIBILITY_MAX};
use super::queue::{Queue, Take};
use super::refusal::{invalid, no_queue};
use super::{Messages, ReceiveMessage, Received, Response, Sqs};
use crate::{ApiError, CallId, Timestamp, What};

/// A receive whose parameters are checked.
#[derive(Clone, Debug)]
struct Receive {
    max: usize,
    visibility: Duration,
    asked: Asked,
    /// `ReceiveRequestAttemptId`, on a FIFO queue.
    attempt: Option<String>,
}

/// A long poll.
#[derive(Clone, Debug)]
pub(super) struct Poll {
    pub(super) call: CallId,
    receive: Receive,
}

impl Sqs {
    /// Receives at once, or waits when there is nothing and the caller may wait: `None` then.
    pub(super) fn receive_message(
        &mut self,
        now: Timestamp,
        call: CallId,
        input: &ReceiveMessage,
    ) -> Option<Result<Response, ApiError>> {
        let (name, receive, wait) = match self.checked(input) {
            Ok(checked) => checked,
            Err(error) => return Some(Err(error)),
        };
        let messages = match self.receive_once(now, name, &receive) {
            Ok(messages) => messages,
            Err(error) => return Some(Err(error)),
        };
        if !messages.is_empty() || wait.is_zero() {
            return Some(Ok(Response::Messages(Messages { messages })));
        }
        self.queues.wait(name, now + wait, Poll { call, receive });
        None
    }

    /// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html>
    fn checked<'i>(&self, input: &'i ReceiveMessage) -> Result<(&'i str, Receive, Duration), ApiError> {
        let name = self.name_in(&input.queue_url)?;
        let queue = self.queues.get(name).ok_or_else(no_queue)?;
        let max = input.max_number_of_messages.unwrap_or(1);
        if !(1..=10).contains(&max) {
            let reason = "Must be between 1 and 10, if provided.";
            return Err(invalid(&max.to_string(), "MaxNumberOfMessages", reason));
        }
        let wait = match input.wait_time_seconds {
            None => queue.settings.wait,
            Some(seconds) => seconds_up_to(20, seconds, "WaitTimeSeconds")?,
        };
        let visibility = match input.visibility_timeout {
            None => queue.settings.visibility,
            Some(seconds) => seconds_up_to(VISIBILITY_MAX.as_secs(), seconds, "VisibilityTimeout")?,
        };
        let attempt = input.receive_request_attempt_id.clone().filter(|_| queue.settings.fifo);
        if let Some(attempt) = &attempt {
            content::check_id("ReceiveRequestAttemptId", attempt)?;
        }
        // A short poll of a full standard queue is refused; a long poll and a FIFO queue get nothing.
        if !queue.settings.fifo && wait.is_zero() && queue.in_flight() >= IN_FLIGHT_MAX {
            let message = "Too many messages in flight: delete messages after you have processed them.";
            return Err(ApiError::sender("OverLimit", message).with_status(403));
        }
        let receive = Receive { max: usize::try_from(max).unwrap_or(1), visibility, asked: Asked::by(input)?, attempt };
        Ok((name, receive, wait))
    }

    /// Takes messages from a queue, and moves those it gives up on to its dead-letter queue. Without one, none is
    /// given up on.
    pub(super) fn take_messages(
        &mut self,
        now: Timestamp,
        name: &str,
        max: usize,
        visibility: Duration,
    ) -> Vec<Received> {
        let receive = Receive { max, visibility, asked: Asked::all(), attempt: None };
        // Only an attempt that is repeated is refused.
        self.receive_once(now, name, &receive).unwrap_or_default()
    }

    fn receive_once(&mut self, now: Timestamp, name: &str, receive: &Receive) -> Result<Vec<Received>, ApiError> {
        let redrive = self.queues.get(name).and_then(|queue| queue.settings.redrive.as_ref());
        let redrive = redrive.filter(|redrive| self.by_arn(&redrive.value.target).is_some());
        let redrive = redrive.map(|redrive| (redrive.value.target.clone(), redrive.value.max_receive_count));
        let max_receive_count = redrive.as_ref().map(|(_, count)| *count);
        let Some(mut queue) = self.queues.get_mut(name) else { return Ok(Vec::new()) };
        let Receive { max, visibility, asked, attempt } = receive;
        let take = Take { max: *max, visibility: *visibility, asked, max_receive_count };
        let taken = match attempt {
            Some(id) => queue.attempt(now, id, take, &mut self.notes)?,
            None => queue.take(now, take, &mut self.notes),
        };
        let source = Arc::clone(&queue.arn);
        drop(queue);
        if let Some((target, _)) = redrive.filter(|_| !taken.dead.is_empty())
            && let Some(mut target) = self.queues.get_mut(target.name())
        {
            for parcel in taken.dead {
                self.notes.add(|| {
                    let reason = format!("received {} times without being deleted", parcel.message.receive_count);
                    let what = What::DeadLettered { to: target.name.to_string(), reason };
                    parcel.message.note(now, source.name(), what)
                });
                target.bury(now, parcel, &source);
            }
        }
        Ok(taken.received)
    }

    /// Answers the long polls that a message has come for, oldest first, then those whose time is over.
    pub(super) fn serve_polls(&mut self, now: Timestamp) {
        // A message given up on can wake a poll of its dead-letter queue, and so on through as many queues as there
        // are. The bound ends the journey of a message whose dead-letter queues lead in a circle.
        for _ in 0..=self.queues.len() {
            let stirred = self.queues.take_stirred();
            if stirred.is_empty() {
                break;
            }
            for name in stirred {
                self.serve(now, &name);
            }
        }
        while let Some(call) = self.queues.end_poll(now) {
            self.answers.push((call, Ok(Response::Messages(Messages::default()))));
        }
    }

    /// Lets each poll of a queue receive once, as long as there is something to receive. A poll that only moved
    /// messages to a dead-letter queue goes on waiting.
    fn serve(&mut self, now: Timestamp, name: &str) {
        let (mut polls, mut waiting) = (self.queues.take_polls(name), VecDeque::new());
        while self.queues.get(name).is_some_and(Queue::can_answer)
            && let Some(poll) = polls.pop_front()
        {
            let result = self.receive_once(now, name, &poll.receive);
            if result.as_ref().is_ok_and(Vec::is_empty) {
                waiting.push_back(poll);
            } else {
                self.queues.answered(poll.call);
                let answer = result.map(|messages| Response::Messages(Messages { messages }));
                self.answers.push((poll.call, answer));
            }
        }
        waiting.append(&mut polls);
        self.queues.keep_waiting(name, waiting);
    }
}

fn seconds_up_to(max: u64, seconds: i64, parameter: &str) -> Result<Duration, ApiError> {
    let valid = u64::try_from(seconds).ok().filter(|seconds| *seconds <= max).map(Duration::from_secs);
    let reason = || format!("Must be >= 0 and <= {max}, if provided.");
    valid.ok_or_else(|| invalid(&seconds.to_string(), parameter, &reason()))
}
