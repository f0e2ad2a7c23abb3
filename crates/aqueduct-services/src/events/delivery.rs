//! How a delivery to a target ends: done, tried again, dead-lettered, or lost with a note.
//!
//! Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html>

use std::collections::BTreeMap;
use std::time::Duration;

use aqueduct_topology::Arn;
use serde::{Deserialize, Serialize};

use super::EventBridge;
use super::api::RetryPolicy;
use super::scheduler::error_code;
use crate::{Handover, MessageAttributeValue, Note, Principal, Refusal, Timestamp, What};

/// The service principal of rules, which queues, topics and functions must allow.
pub(super) const RULES: &str = "events.amazonaws.com";

/// The service principal that a schedule's role trusts.
pub(super) const SCHEDULES: &str = "scheduler.amazonaws.com";

/// Stands in a schedule's input for the number of the attempt, which is known when the input is sent.
pub(super) const ATTEMPT_NUMBER: &str = "<aws.scheduler.attempt-number>";

/// Retries of a target without a retry policy.
pub(super) const RETRIES_DEFAULT: u32 = 185;

/// How long an event is tried at a target without a retry policy, in seconds.
pub(super) const AGE_DEFAULT: u32 = 86_400;

/// The longest wait between two attempts, jitter aside. AWS publishes neither its steps nor its jitter, only that 185
/// attempts and 24 hours belong together: waits that double from one second up to this one, and vary by a fifth, do
/// that.
const WAIT_MAX: Duration = Duration::from_mins(8);

/// A delivery to a target, or to its dead-letter queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Job {
    /// The service principal on whose behalf it is made.
    pub(super) service: String,
    /// The rule or the schedule.
    pub(super) source: Arn,
    /// Where the message goes.
    pub(super) to: Arn,
    /// The target that was configured.
    pub(super) target: Arn,
    pub(super) message: Handover,
    /// The body for the dead-letter queue where it is another one: a rule's event as it was, a schedule's call.
    pub(super) original: Option<String>,
    pub(super) dead_letter: Option<Arn>,
    pub(super) retry: RetryPolicy,
    pub(super) event_id: String,
    pub(super) subject: Option<String>,
    /// What else the message in the dead-letter queue tells, by attribute.
    pub(super) labels: Vec<(String, String)>,
    pub(super) since: Timestamp,
    /// Attempts that failed so far.
    pub(super) failures: u32,
    /// Why the target is given up, once it is: `message` is then for the dead-letter queue.
    pub(super) given_up: Option<String>,
    /// When it is tried again; none while it is under way.
    pub(super) due: Option<Timestamp>,
}

/// Why a target did not take a message.
#[derive(Clone, Debug)]
pub(super) struct Failure {
    /// As a dead-letter queue shows it in `ERROR_CODE`.
    code: &'static str,
    reason: String,
    is_retried: bool,
}

impl Failure {
    /// One that is not retried.
    pub(super) const fn new(code: &'static str, reason: String) -> Self {
        Self { code, reason, is_retried: false }
    }
}

impl From<&Refusal> for Failure {
    fn from(refusal: &Refusal) -> Self {
        Self { code: refusal.code(), reason: refusal.to_string(), is_retried: refusal.is_retried() }
    }
}

/// Why no further attempt is made.
enum End {
    /// The error is of the kind that is not retried.
    AtOnce,
    /// The retry policy is used up: the setting's name.
    Exhausted(&'static str),
}

impl Job {
    fn principal(&self) -> Principal {
        let service = if self.service == SCHEDULES { SCHEDULES } else { RULES };
        Principal { service, source_arn: self.source.clone() }
    }

    /// The message of the next attempt.
    fn attempt(&self) -> Handover {
        let mut message = self.message.clone();
        if self.service == SCHEDULES && self.given_up.is_none() && message.body.contains(ATTEMPT_NUMBER) {
            message.body = message.body.replace(ATTEMPT_NUMBER, &(self.failures + 1).to_string());
        }
        message
    }

    /// When to try again after a failure at `now`, or why not. `chance` is what varies the wait.
    fn next_attempt(&self, now: Timestamp, failure: &Failure, chance: u64) -> Result<Duration, End> {
        if !failure.is_retried {
            return Err(End::AtOnce);
        }
        if self.failures > self.retry.maximum_retry_attempts.unwrap_or(RETRIES_DEFAULT) {
            return Err(End::Exhausted("MaximumRetryAttempts"));
        }
        let wait = Duration::from_secs(1 << (self.failures - 1).min(16)).min(WAIT_MAX);
        let wait = wait * (80 + u32::try_from(chance % 41).unwrap_or(0)) / 100;
        let age_max = self.retry.maximum_event_age_in_seconds.unwrap_or(AGE_DEFAULT);
        if now.since(self.since) + wait > Duration::from_secs(age_max.into()) {
            return Err(End::Exhausted("MaximumEventAgeInSeconds"));
        }
        Ok(wait)
    }

    /// Turns the delivery to the dead-letter queue.
    ///
    /// Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html> and, for schedules,
    /// <https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html>
    fn give_up(&mut self, queue: Arn, failure: &Failure, end: &End) {
        let mut labels = std::mem::take(&mut self.labels);
        let mut label = |name: &str, text: String| labels.push((name.to_owned(), text));
        label("TARGET_ARN", self.target.to_string());
        let is_call = self.service == SCHEDULES;
        let code = if is_call { error_code(self.to.service(), failure.code) } else { failure.code };
        label("ERROR_CODE", code.to_owned());
        label("ERROR_MESSAGE", failure.reason.clone());
        label("RETRY_ATTEMPTS", (self.failures - 1).to_string());
        if let End::Exhausted(setting) = end {
            label("EXHAUSTED_RETRY_CONDITION", (*setting).to_owned());
        }
        let text = |text| MessageAttributeValue {
            data_type: "String".to_owned(),
            string_value: Some(text),
            binary_value: None,
        };
        let attributes: BTreeMap<_, _> = labels.into_iter().map(|(name, value)| (name, text(value))).collect();
        let mut body = self.original.take().unwrap_or_else(|| std::mem::take(&mut self.message.body));
        if is_call {
            body = body.replace(ATTEMPT_NUMBER, &self.failures.to_string());
        }
        self.message = Handover { body, attributes, ..Handover::default() };
        self.given_up = Some(failure.reason.clone());
        self.to = queue;
    }
}

impl EventBridge {
    /// Takes up a new delivery, which fails at once where it cannot even be tried.
    pub(super) fn start(&mut self, now: Timestamp, job: Job, failure: Option<Failure>) {
        self.last_job += 1;
        let id = self.last_job;
        self.jobs.insert(id, job);
        match failure {
            None => self.send(id),
            Some(failure) => self.failed(now, id, &failure),
        }
    }

    /// Hands a job's message to its target.
    pub(super) fn send(&mut self, id: u64) {
        let Some(job) = self.jobs.get(&id) else { return };
        let (from, to, message) = (job.principal(), job.to.clone(), job.attempt());
        self.outbox.send(from, to, message, id);
    }

    /// The receiving side took a message.
    pub(super) fn accepted(&mut self, now: Timestamp, id: u64) {
        let Some(job) = self.jobs.remove(&id) else { return };
        let what = match &job.given_up {
            Some(reason) => What::DeadLettered { to: job.to.name().to_owned(), reason: reason.clone() },
            None => What::Delivered { to: job.to.name().to_owned() },
        };
        self.note(now, &job, what);
    }

    /// A delivery failed.
    pub(super) fn failed(&mut self, now: Timestamp, id: u64, failure: &Failure) {
        let Some(mut job) = self.jobs.remove(&id) else { return };
        if let Some(first) = &job.given_up {
            let (target, queue, reason) = (job.target.name(), job.to.name(), &failure.reason);
            let reason =
                format!("{target} did not take it ({first}), nor did its dead-letter queue {queue} ({reason})");
            self.note(now, &job, What::Lost { reason });
            return;
        }
        job.failures += 1;
        let end = match job.next_attempt(now, failure, self.ids.next_u64()) {
            Ok(after) => {
                self.note(now, &job, What::Retrying { after, reason: failure.reason.clone() });
                job.due = Some(now + after);
                self.jobs.insert(id, job);
                self.outbox.wait(now + after, id);
                return;
            }
            Err(end) => end,
        };
        if let Some(queue) = job.dead_letter.clone() {
            job.give_up(queue, failure, &end);
            job.due = None;
            self.jobs.insert(id, job);
            self.send(id);
        } else {
            let (target, reason) = (job.target.name(), &failure.reason);
            let reason = format!("{target} did not take it ({reason}), and the target has no DeadLetterConfig");
            self.note(now, &job, What::Lost { reason });
        }
    }

    /// Tries again what waited long enough.
    pub(super) fn retry_due(&mut self, now: Timestamp) {
        for id in self.outbox.take_due(now) {
            if let Some(job) = self.jobs.get_mut(&id) {
                job.due = None;
            }
            self.send(id);
        }
    }

    fn note(&mut self, at: Timestamp, job: &Job, what: What) {
        let place = job.source.name().to_owned();
        self.notes.push(Note { at, place, subject: job.subject.clone(), id: job.event_id.clone(), what });
    }
}
