//! Receives that wait for a message.

use std::time::Duration;

use super::message::keep_asked;
use super::queue::{IN_FLIGHT_MAX, Take};
use super::refusal::{invalid, no_queue};
use super::settings::VISIBILITY_SECONDS_MAX;
use super::{Messages, ReceiveMessage, Received, Response, Sqs};
use crate::{ApiError, CallId, Timestamp, What};

/// A receive whose parameters are checked.
#[derive(Clone, Debug)]
pub(super) struct Receive {
    queue: String,
    max: usize,
    visibility: Duration,
    system_attributes: Vec<String>,
    user_attributes: Vec<String>,
}

/// A long poll.
#[derive(Clone, Debug)]
pub(super) struct Poll {
    pub(super) call: CallId,
    pub(super) deadline: Timestamp,
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
        let (receive, wait) = match self.checked(input) {
            Ok(checked) => checked,
            Err(error) => return Some(Err(error)),
        };
        let messages = self.hand_out(now, &receive);
        if !messages.is_empty() || wait.is_zero() {
            return Some(Ok(Response::Messages(Messages { messages })));
        }
        self.polls.push(Poll { call, deadline: now + wait, receive });
        None
    }

    /// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html>
    fn checked(&mut self, input: &ReceiveMessage) -> Result<(Receive, Duration), ApiError> {
        let queue = self.by_url(&input.queue_url)?;
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
            Some(seconds) => seconds_up_to(VISIBILITY_SECONDS_MAX, seconds, "VisibilityTimeout")?,
        };
        if queue.settings.fifo && input.receive_request_attempt_id.is_some() {
            return Err(ApiError::not_modelled("ReceiveRequestAttemptId"));
        }
        // A short poll of a full standard queue is refused; a long poll and a FIFO queue get nothing.
        if !queue.settings.fifo && wait.is_zero() && queue.in_flight() >= IN_FLIGHT_MAX {
            let message = "Too many messages in flight: delete messages after you have processed them.";
            return Err(ApiError::sender("OverLimit", message).with_status(403));
        }
        let system = input.attribute_names.iter().chain(&input.message_system_attribute_names).cloned().collect();
        let receive = Receive {
            queue: queue.name.clone(),
            max: usize::try_from(max).unwrap_or(1),
            visibility,
            system_attributes: system,
            user_attributes: input.message_attribute_names.clone(),
        };
        Ok((receive, wait))
    }

    fn hand_out(&mut self, now: Timestamp, receive: &Receive) -> Vec<Received> {
        let mut messages = self.take_messages(now, &receive.queue, receive.max, receive.visibility);
        for message in &mut messages {
            keep_asked(message, &receive.system_attributes, &receive.user_attributes);
        }
        messages
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
        let redrive = self.queues.get(name).and_then(|queue| queue.settings.redrive.as_ref());
        let redrive = redrive.map(|redrive| redrive.value.clone());
        let redrive = redrive.filter(|redrive| self.by_arn(&redrive.target).is_some());
        let Some(queue) = self.queues.get_mut(name) else { return Vec::new() };
        let max_receive_count = redrive.as_ref().map(|redrive| redrive.max_receive_count);
        let taken = queue.take(now, Take { max, visibility, max_receive_count }, &mut self.notes);
        let source = queue.arn.clone();
        let target = redrive.and_then(|redrive| self.queues.get_mut(redrive.target.name()));
        if let Some(target) = target {
            for message in taken.dead {
                let reason = format!("received {} times without being deleted", message.receive_count);
                let what = What::DeadLettered { to: target.name.clone(), reason };
                self.notes.push(message.note(now, source.name(), what));
                target.bury(now, message, &source);
            }
        }
        taken.received
    }

    /// Answers the long polls that a message has come for, oldest first, then those whose time is over.
    pub(super) fn serve_polls(&mut self, now: Timestamp) {
        // A message given up on can wake a poll of its dead-letter queue, and so on through as many queues as there
        // are. The bound ends the journey of a message whose dead-letter queues lead in a circle.
        for _ in 0..=self.queues.len() {
            if !self.serve_ready(now) {
                break;
            }
        }
        let answers = &mut self.answers;
        self.polls.retain(|poll| {
            let waits = poll.deadline > now;
            if !waits {
                answers.push((poll.call, Ok(Response::Messages(Messages::default()))));
            }
            waits
        });
    }

    /// Lets each poll that can be answered receive once, and answers whether there was one. A poll that only moved
    /// messages to a dead-letter queue goes on waiting.
    fn serve_ready(&mut self, now: Timestamp) -> bool {
        let (mut waiting, mut has_served) = (Vec::new(), false);
        for poll in std::mem::take(&mut self.polls) {
            if !self.can_answer(&poll) {
                waiting.push(poll);
                continue;
            }
            has_served = true;
            if !self.queues.contains_key(&poll.receive.queue) {
                self.answers.push((poll.call, Err(no_queue())));
                continue;
            }
            let messages = self.hand_out(now, &poll.receive);
            if messages.is_empty() {
                waiting.push(poll);
            } else {
                self.answers.push((poll.call, Ok(Response::Messages(Messages { messages }))));
            }
        }
        self.polls = waiting;
        has_served
    }

    /// Whether a poll's queue has something for it, or is gone.
    fn can_answer(&self, poll: &Poll) -> bool {
        self.queues.get(&poll.receive.queue).is_none_or(|queue| queue.has_open() && queue.in_flight() < IN_FLIGHT_MAX)
    }
}

fn seconds_up_to(max: u64, seconds: i64, parameter: &str) -> Result<Duration, ApiError> {
    let valid = u64::try_from(seconds).ok().filter(|seconds| *seconds <= max).map(Duration::from_secs);
    let reason = || format!("Must be >= 0 and <= {max}, if provided.");
    valid.ok_or_else(|| invalid(&seconds.to_string(), parameter, &reason()))
}
