//! How a delivery to a target ends: done, tried again, dead-lettered, or lost with a note.
//!
//! Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html>

use std::collections::BTreeMap;
use std::time::Duration;

use aqueduct_topology::Arn;

use super::api::RetryPolicy;
use super::{EventBridge, scheduler};
use crate::{Handover, MessageAttributeValue, Note, Principal, Refusal, Timestamp, What};

/// Retries of a target without a retry policy.
const RETRIES_DEFAULT: u32 = 185;

/// How long an event is tried at a target without a retry policy.
const AGE_DEFAULT: Duration = Duration::from_hours(24);

/// The longest wait between two attempts. AWS publishes neither its steps nor its jitter, only that 185 attempts and 24
/// hours belong together: waits that double from one second up to this one, without jitter, do that.
const WAIT_MAX: Duration = Duration::from_mins(8);

/// A delivery to a target, or to its dead-letter queue.
#[derive(Clone, Debug)]
pub(super) struct Job {
    /// Who delivers: a rule or a schedule.
    pub(super) from: Principal,
    pub(super) target: Arn,
    pub(super) message: Handover,
    /// The body that goes to the dead-letter queue: a rule's event as it was, a schedule's payload.
    pub(super) original: String,
    pub(super) dead_letter: Option<Arn>,
    pub(super) retry: RetryPolicy,
    pub(super) event_id: String,
    pub(super) subject: Option<String>,
    /// What else the message in the dead-letter queue tells, by attribute.
    pub(super) labels: Vec<(&'static str, String)>,
    pub(super) since: Timestamp,
    /// Attempts that failed so far.
    pub(super) failures: u32,
    /// Why the target is given up, once it is.
    pub(super) given_up: Option<String>,
}

/// Why no further attempt is made.
enum End {
    /// The error is of the kind that is not retried.
    AtOnce,
    /// The retry policy is used up: the setting's name.
    Exhausted(&'static str),
}

impl Job {
    /// When to try again after a failure at `now`, or why not.
    fn next_attempt(&self, now: Timestamp, refusal: &Refusal) -> Result<Duration, End> {
        if !refusal.is_retried() {
            return Err(End::AtOnce);
        }
        if self.failures > self.retry.maximum_retry_attempts.unwrap_or(RETRIES_DEFAULT) {
            return Err(End::Exhausted("MaximumRetryAttempts"));
        }
        let wait = Duration::from_secs(1 << (self.failures - 1).min(16)).min(WAIT_MAX);
        let seconds = self.retry.maximum_event_age_in_seconds.map(u64::from);
        if now.since(self.since) + wait > seconds.map_or(AGE_DEFAULT, Duration::from_secs) {
            return Err(End::Exhausted("MaximumEventAgeInSeconds"));
        }
        Ok(wait)
    }

    /// The message for the dead-letter queue.
    ///
    /// Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html> and, for schedules,
    /// <https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html>
    fn dead_letter_message(&self, refusal: &Refusal, end: &End) -> Handover {
        let mut labels = self.labels.clone();
        labels.push(("TARGET_ARN", self.target.to_string()));
        labels.push(("ERROR_CODE", refusal.code().to_owned()));
        labels.push(("ERROR_MESSAGE", refusal.to_string()));
        labels.push(("RETRY_ATTEMPTS", (self.failures - 1).to_string()));
        if let End::Exhausted(setting) = end {
            labels.push(("EXHAUSTED_RETRY_CONDITION", (*setting).to_owned()));
        }
        let attributes: BTreeMap<_, _> = labels
            .into_iter()
            .map(|(name, text)| {
                let value = MessageAttributeValue {
                    data_type: "String".to_owned(),
                    string_value: Some(text),
                    binary_value: None,
                };
                (name.to_owned(), value)
            })
            .collect();
        Handover { body: self.original.clone(), attributes, ..Handover::default() }
    }
}

impl EventBridge {
    /// Hands a job's message to its target.
    pub(super) fn send(&mut self, job: Job) {
        let mut message = job.message.clone();
        if job.from.service == scheduler::SERVICE {
            message.body = message.body.replace(scheduler::ATTEMPT_NUMBER, &(job.failures + 1).to_string());
        }
        self.outbox.send(job.from.clone(), job.target.clone(), message, job);
    }

    /// The receiving side took a message.
    pub(super) fn accepted(&mut self, now: Timestamp, job: &Job) {
        let what = match (&job.given_up, &job.dead_letter) {
            (Some(reason), Some(queue)) => What::DeadLettered { to: queue.name().to_owned(), reason: reason.clone() },
            _ => What::Delivered { to: job.target.name().to_owned() },
        };
        self.note(now, job, what);
    }

    /// The receiving side refused a message.
    pub(super) fn refused(&mut self, now: Timestamp, mut job: Job, refusal: &Refusal) {
        if let (Some(first), Some(queue)) = (&job.given_up, &job.dead_letter) {
            let reason = format!(
                "{} did not take it ({first}), nor did its dead-letter queue {} ({refusal})",
                job.target.name(),
                queue.name()
            );
            self.note(now, &job, What::Lost { reason });
            return;
        }
        job.failures += 1;
        let end = match job.next_attempt(now, refusal) {
            Ok(after) => {
                self.note(now, &job, What::Retrying { after, reason: refusal.to_string() });
                self.outbox.wait(now + after, job);
                return;
            }
            Err(end) => end,
        };
        if let Some(queue) = job.dead_letter.clone() {
            let message = job.dead_letter_message(refusal, &end);
            job.given_up = Some(refusal.to_string());
            self.outbox.send(job.from.clone(), queue, message, job);
        } else {
            let reason =
                format!("{} did not take it ({refusal}), and the target has no DeadLetterConfig", job.target.name());
            self.note(now, &job, What::Lost { reason });
        }
    }

    fn note(&mut self, at: Timestamp, job: &Job, what: What) {
        self.notes.push(Note {
            at,
            place: job.from.source_arn.name().to_owned(),
            subject: job.subject.clone(),
            id: job.event_id.clone(),
            what,
        });
    }
}
