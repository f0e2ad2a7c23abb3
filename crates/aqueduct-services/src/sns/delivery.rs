//! How a delivery to a subscriber ends: done, tried again, dead-lettered, or lost with a note.
//!
//! Source: <https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html>

use std::time::Duration;

use aqueduct_topology::Arn;

use super::Sns;
use crate::{Handover, Note, Principal, Refusal, Timestamp, What};

/// The service principal that queues and functions must allow.
const SERVICE: &str = "sns.amazonaws.com";

/// The waits of the back-off phase, in milliseconds: ten steps that grow exponentially from 1 s to 20 s.
const BACK_OFF: [u64; 10] = [1000, 1395, 1946, 2714, 3787, 5283, 7370, 10_281, 14_342, 20_000];

/// Attempts beyond the first one, over 23 days.
const RETRIES_MAX: u32 = 100_015;

/// A delivery to a subscriber, or to its dead-letter queue.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) subscription: Arn,
    pub(super) topic: Arn,
    pub(super) endpoint: Arn,
    pub(super) message: Handover,
    /// What goes to the dead-letter queue: the envelope for a queue, also where `message` is a function's event.
    pub(super) for_dead_letter: Handover,
    pub(super) message_id: String,
    pub(super) subject: Option<String>,
    /// On a FIFO topic: the group, whose messages go out one after another.
    pub(super) group: Option<String>,
    /// Attempts that failed so far, at the stage where the job is.
    pub(super) failures: u32,
    /// The dead-letter queue and why the message goes there, once the endpoint is given up.
    pub(super) given_up: Option<(Arn, String)>,
}

/// How long SNS waits after the given number of failed attempts on an AWS-managed endpoint, or `None` when it gives up.
///
/// AWS spreads the waits by a jitter that it does not publish; these have none.
fn wait(failures: u32) -> Option<Duration> {
    let millis = match failures {
        0..=3 => 0,
        4 | 5 => 1000,
        6..=15 => BACK_OFF[failures as usize - 6],
        16..=RETRIES_MAX => 20_000,
        _ => return None,
    };
    Some(Duration::from_millis(millis))
}

impl Sns {
    /// Sends a message to a subscriber, behind those of its group that are still on their way.
    pub(super) fn dispatch(&mut self, job: Job) {
        if let Some(group) = &job.group {
            let lane = (job.subscription.clone(), group.clone());
            if let Some(behind) = self.lanes.get_mut(&lane) {
                behind.push_back(job);
                return;
            }
            self.lanes.insert(lane, std::collections::VecDeque::new());
        }
        self.send(job);
    }

    /// Hands a job's message on, to where the job stands now.
    pub(super) fn send(&mut self, job: Job) {
        let from = Principal { service: SERVICE, source_arn: job.topic.clone() };
        let (to, message) = match &job.given_up {
            Some((queue, _)) => (queue.clone(), job.for_dead_letter.clone()),
            None => (job.endpoint.clone(), job.message.clone()),
        };
        self.outbox.send(from, to, message, job);
    }

    /// The receiving side took a message.
    pub(super) fn accepted(&mut self, now: Timestamp, job: &Job) {
        let what = match &job.given_up {
            Some((queue, reason)) => What::DeadLettered { to: queue.name().to_owned(), reason: reason.clone() },
            None => What::Delivered { to: job.endpoint.name().to_owned() },
        };
        self.note(now, job, what);
        self.proceed(job);
    }

    /// The receiving side refused a message.
    pub(super) fn refused(&mut self, now: Timestamp, mut job: Job, refusal: &Refusal) {
        job.failures += 1;
        if let Some(after) = wait(job.failures).filter(|_| refusal.is_retried()) {
            self.note(now, &job, What::Retrying { after, reason: refusal.to_string() });
            if after.is_zero() {
                self.send(job);
            } else {
                self.outbox.wait(now + after, job);
            }
            return;
        }
        let dead_letter = self.subscriptions.get(&job.subscription).and_then(|it| it.dead_letter.clone());
        match (&job.given_up, dead_letter) {
            (None, Some(queue)) => {
                job.given_up = Some((queue, refusal.to_string()));
                job.failures = 0;
                self.send(job);
            }
            (None, None) => {
                let reason = format!(
                    "{} did not take it ({refusal}), and the subscription has no RedrivePolicy with a dead-letter queue",
                    job.endpoint.name()
                );
                self.lose(now, &job, reason);
            }
            (Some((queue, first)), _) => {
                let reason = format!(
                    "{} did not take it ({first}), nor did its dead-letter queue {} ({refusal})",
                    job.endpoint.name(),
                    queue.name()
                );
                self.lose(now, &job, reason);
            }
        }
    }

    fn lose(&mut self, now: Timestamp, job: &Job, reason: String) {
        self.note(now, job, What::Lost { reason });
        self.proceed(job);
    }

    /// Lets the next message of the group go.
    fn proceed(&mut self, job: &Job) {
        let Some(group) = &job.group else { return };
        let lane = (job.subscription.clone(), group.clone());
        match self.lanes.get_mut(&lane).and_then(std::collections::VecDeque::pop_front) {
            Some(next) => self.send(next),
            None => {
                self.lanes.remove(&lane);
            }
        }
    }

    fn note(&mut self, at: Timestamp, job: &Job, what: What) {
        self.notes.push(Note {
            at,
            place: job.topic.name().to_owned(),
            subject: job.subject.clone(),
            id: job.message_id.clone(),
            what,
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_phases_of_an_aws_managed_endpoint() {
        let seconds = |failures| wait(failures).map(|wait| wait.as_secs_f64());
        let cases = [
            (1, Some(0.0)),
            (3, Some(0.0)),
            (4, Some(1.0)),
            (5, Some(1.0)),
            (6, Some(1.0)),
            (15, Some(20.0)),
            (16, Some(20.0)),
            (100_015, Some(20.0)),
            (100_016, None),
        ];
        for (failures, expected) in cases {
            assert_eq!(seconds(failures), expected, "after {failures} failures");
        }
        let days = (1..=RETRIES_MAX).filter_map(wait).sum::<Duration>().as_secs() / 86_400;
        assert_eq!(days, 23, "AWS says 23 days");
    }

    #[test]
    fn the_back_off_grows_by_the_same_factor() {
        for pair in BACK_OFF.windows(2) {
            #[expect(clippy::cast_precision_loss, reason = "milliseconds far below 2^52")]
            let factor = pair[1] as f64 / pair[0] as f64;
            assert!((factor - 20_f64.powf(1.0 / 9.0)).abs() < 0.001, "{pair:?}");
        }
    }
}
