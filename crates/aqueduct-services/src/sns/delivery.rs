//! How a delivery to a subscriber ends: done, tried again, dead-lettered, or lost with a note.
//!
//! Source: <https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html>

use std::sync::Arc;
use std::time::Duration;

use aqueduct_topology::Arn;
use serde::{Deserialize, Serialize};

use super::Sns;
use super::delivery_policy::{Effective, TopicPolicy};
use super::message::{self, Message};
use super::notification::{Notification, confirmation_type};
use super::post::{Headers, Post, Posted};
use super::publish::too_many_attributes;
use super::retry::{HTTP_RETRY_TIME_MAX, managed_wait};
use super::subscription::{Protocol, Subscription, place};
use crate::{Delivery, Handover, Note, Principal, Refusal, Timestamp, What};

/// The service principal that queues and functions must allow.
const SERVICE: &str = "sns.amazonaws.com";

/// What a delivery carries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Kind {
    Notification {
        /// Whether it comes out of an archive.
        replayed: bool,
    },
    /// To an HTTP endpoint: does it want the subscription, or want it back?
    Confirmation { token: String, unsubscribed: bool },
}

/// A delivery to a subscriber, or to its dead-letter queue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Job {
    subscription: Arn,
    endpoint: String,
    protocol: Protocol,
    raw: bool,
    #[serde(with = "message")]
    message: Arc<Message>,
    kind: Kind,
    /// Attempts that failed so far, at the stage where the job is.
    failures: u32,
    /// How long the job has waited between attempts in all, in milliseconds.
    waited: u64,
    /// Whether the wait was for `maxReceivesPerSecond`, so that it is the job's turn after it.
    has_slot: bool,
    /// When the job is taken up again, while it waits.
    pub(super) due: Option<Timestamp>,
    /// The dead-letter queue and why the message goes there, once the endpoint is given up.
    given_up: Option<(Arn, String)>,
}

impl Job {
    fn new(subscription: &Subscription, message: Arc<Message>, kind: Kind) -> Self {
        Self {
            subscription: subscription.arn.clone(),
            endpoint: subscription.endpoint.clone(),
            protocol: subscription.protocol,
            raw: subscription.raw,
            message,
            kind,
            failures: 0,
            waited: 0,
            has_slot: false,
            due: None,
            given_up: None,
        }
    }

    /// A message that was just published.
    pub(super) fn notification(subscription: &Subscription, message: Arc<Message>) -> Self {
        Self::new(subscription, message, Kind::Notification { replayed: false })
    }

    /// A message out of the archive.
    pub(super) fn replayed(subscription: &Subscription, message: Arc<Message>) -> Self {
        Self::new(subscription, message, Kind::Notification { replayed: true })
    }

    /// A message about the subscription itself.
    pub(super) fn confirmation(
        subscription: &Subscription,
        message: Arc<Message>,
        token: String,
        unsubscribed: bool,
    ) -> Self {
        Self::new(subscription, message, Kind::Confirmation { token, unsubscribed })
    }

    /// Whether the job is part of a replay to this subscription.
    pub(super) fn is_replay_of(&self, subscription: &Arn) -> bool {
        self.kind == Kind::Notification { replayed: true } && self.subscription == *subscription
    }

    /// On a FIFO topic: the subscriber and group whose messages go out one after another.
    pub(super) fn lane(&self) -> Option<(Arn, String)> {
        let group = self.message.group.as_ref().filter(|_| self.message.is_fifo())?;
        Some((self.subscription.clone(), group.clone()))
    }

    fn is_managed(&self) -> bool {
        self.given_up.is_some() || !self.protocol.is_http()
    }

    fn place(&self) -> String {
        place(self.protocol, &self.endpoint)
    }
}

impl Sns {
    /// Sends a message to a subscriber, behind those of its group that are still on their way.
    pub(super) fn dispatch(&mut self, now: Timestamp, job: Job) {
        if let Some(number) = self.desk.enter(job) {
            self.send(now, number);
        }
    }

    /// Hands a job's message on, to where the job stands now.
    pub(super) fn send(&mut self, now: Timestamp, number: u64) {
        let Some(job) = self.desk.jobs.get(&number) else { return };
        if !job.is_managed() {
            self.send_post(now, number);
            return;
        }
        if job.given_up.is_none()
            && job.raw
            && let Some(reason) = too_many_attributes(&job.message)
        {
            self.refused(now, number, &Refusal::Invalid(reason));
            return;
        }
        let (to, message) = match &job.given_up {
            Some((queue, _)) => (queue.clone(), self.for_queue(job, queue)),
            None if job.protocol == Protocol::Lambda => {
                (Arn::new(job.endpoint.as_str()), self.notification(job).lambda_event())
            }
            None => {
                let queue = Arn::new(job.endpoint.as_str());
                let message = self.for_queue(job, &queue);
                (queue, message)
            }
        };
        let from = Principal { service: SERVICE, source_arn: job.message.topic.clone() };
        self.desk.ready.push(Delivery { ticket: number, from, to, message });
        self.desk.start(number);
    }

    fn send_post(&mut self, now: Timestamp, number: u64) {
        let Some(job) = self.desk.jobs.get(&number) else { return };
        let effective = self.effective(job);
        let is_notification = matches!(job.kind, Kind::Notification { .. });
        if is_notification
            && !job.has_slot
            && let Some(per_second) = effective.per_second
        {
            let gap = Duration::from_millis(u64::from(1000 / per_second.max(1)));
            let slot = self.paced.get(&job.subscription).copied().unwrap_or_default().max(now);
            self.paced.insert(job.subscription.clone(), slot + gap);
            if slot > now {
                self.set_slot(number, true);
                self.desk.wait(slot, number);
                return;
            }
        }
        let notification = self.notification(job);
        let (kind, body) = match &job.kind {
            Kind::Confirmation { token, unsubscribed } => {
                (confirmation_type(*unsubscribed), notification.confirmation(token, *unsubscribed))
            }
            Kind::Notification { .. } if job.raw => ("Notification", notification.body().to_owned()),
            Kind::Notification { .. } => ("Notification", notification.envelope()),
        };
        let headers = Headers {
            kind,
            id: &job.message.id,
            topic: &job.message.topic,
            subscription: Some(&job.subscription).filter(|_| kind != confirmation_type(false)),
            raw: job.raw && is_notification,
            content_type: effective.content_type.as_deref().filter(|_| is_notification),
        };
        let post = Post { ticket: number, url: job.endpoint.clone(), headers: headers.list(), body };
        let had_slot = job.has_slot;
        self.desk.posts.push(post);
        self.desk.start(number);
        if had_slot {
            self.set_slot(number, false);
        }
    }

    fn set_slot(&mut self, number: u64, has_slot: bool) {
        if let Some(job) = self.desk.jobs.get_mut(&number) {
            job.has_slot = has_slot;
        }
    }

    fn notification<'a>(&'a self, job: &'a Job) -> Notification<'a> {
        Notification {
            site: &self.site,
            message: &job.message,
            subscription: &job.subscription,
            protocol: job.protocol,
            replayed: job.kind == Kind::Notification { replayed: true },
        }
    }

    /// The message as a queue gets it; a dead-letter queue too, whatever the endpoint was: recorded by LocalStack's
    /// AWS-validated tests `test_redrive_policy_lambda_subscription` and `test_redrive_policy_sqs_queue_subscription`.
    fn for_queue(&self, job: &Job, queue: &Arn) -> Handover {
        let notification = self.notification(job);
        let handover = if job.raw {
            notification.raw()
        } else {
            let trace_header = job.message.trace_header.clone();
            Handover { body: notification.envelope(), trace_header, ..Handover::default() }
        };
        let message = &job.message;
        match (message.is_fifo(), queue.resource().ends_with(".fifo")) {
            (true, true) => Handover {
                group: message.group.clone(),
                deduplication_id: message.deduplication_id.clone(),
                ..handover
            },
            // A standard queue behind a FIFO topic keeps neither order nor deduplication.
            (true, false) => handover,
            // Source: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html (MessageGroupId)
            (false, _) => Handover { group: message.group.clone(), ..handover },
        }
    }

    /// What the policies of topic and subscription say about a delivery over HTTP.
    fn effective(&self, job: &Job) -> Effective {
        let none = TopicPolicy::default();
        let topic = self.topics.get(&job.message.topic).map_or(&none, |topic| &topic.delivery);
        let own = self.subscriptions.get(&job.subscription).and_then(|subscription| subscription.delivery.as_ref());
        Effective::of(topic, own)
    }

    /// How a delivery went; a refusal leads to a retry, a dead-letter queue or a loss that is noted.
    pub fn delivered(&mut self, now: Timestamp, ticket: u64, result: Result<(), Refusal>) {
        if !self.desk.settle(ticket) {
            return;
        }
        match result {
            Ok(()) => self.accepted(now, ticket),
            Err(refusal) => self.refused(now, ticket, &refusal),
        }
    }

    /// How a request to an HTTP endpoint went.
    pub fn posted(&mut self, now: Timestamp, ticket: u64, posted: Posted) {
        let Some(job) = self.desk.jobs.get(&ticket) else { return };
        let result = posted.into_result(&job.endpoint);
        self.delivered(now, ticket, result);
    }

    fn accepted(&mut self, now: Timestamp, number: u64) {
        let Some(job) = self.desk.jobs.get(&number) else { return };
        let what = match &job.given_up {
            Some((queue, reason)) => What::DeadLettered { to: queue.name().to_owned(), reason: reason.clone() },
            None => What::Delivered { to: job.place() },
        };
        self.note(now, number, what);
        self.proceed(now, number);
    }

    fn refused(&mut self, now: Timestamp, number: u64, refusal: &Refusal) {
        if let Some(after) = self.retry_after(number).filter(|_| refusal.is_retried()) {
            self.note(now, number, What::Retrying { after, reason: refusal.to_string() });
            if let Some(job) = self.desk.jobs.get_mut(&number) {
                job.failures += 1;
                job.waited = job.waited.saturating_add(u64::try_from(after.as_millis()).unwrap_or(u64::MAX));
            }
            if after.is_zero() {
                self.send(now, number);
            } else {
                self.desk.wait(now + after, number);
            }
            return;
        }
        let Some(job) = self.desk.jobs.get_mut(&number) else { return };
        let place = job.place();
        let dead_letter = self.subscriptions.get(&job.subscription).and_then(|it| it.dead_letter.clone());
        let is_notification = matches!(job.kind, Kind::Notification { .. });
        let reason = match (&job.given_up, dead_letter.filter(|_| is_notification)) {
            (None, Some(queue)) => {
                job.given_up = Some((queue, refusal.to_string()));
                job.failures = 0;
                self.send(now, number);
                return;
            }
            (None, None) if !is_notification => format!(
                "{place} did not take the message about its subscription ({refusal}); subscribe it again for another one"
            ),
            (None, None) => format!(
                "{place} did not take it ({refusal}), and the subscription has no RedrivePolicy with a dead-letter queue"
            ),
            (Some((queue, first)), _) => {
                let queue = queue.name();
                format!("{place} did not take it ({first}), nor did its dead-letter queue {queue} ({refusal})")
            }
        };
        self.note(now, number, What::Lost { reason });
        self.proceed(now, number);
    }

    /// How long until another attempt after one more failure; nothing when the policy is exhausted.
    fn retry_after(&self, number: u64) -> Option<Duration> {
        let job = self.desk.jobs.get(&number)?;
        let failures = job.failures + 1;
        if job.is_managed() {
            return managed_wait(failures);
        }
        let wait = self.effective(job).retry.wait(failures)?;
        (Duration::from_millis(job.waited) + wait <= HTTP_RETRY_TIME_MAX).then_some(wait)
    }

    /// A delivery is over: lets the next message of the group go.
    fn proceed(&mut self, now: Timestamp, number: u64) {
        if let Some(next) = self.desk.leave(number) {
            self.send(now, next);
        }
    }

    /// Lets go of what an earlier replay has not yet sent.
    pub(super) fn end_replay(&mut self, now: Timestamp, subscription: &Subscription) {
        let mut turns = Vec::new();
        for number in self.desk.resting(|job| job.is_replay_of(&subscription.arn)) {
            turns.extend(self.desk.leave(number));
        }
        for next in turns {
            self.send(now, next);
        }
    }

    fn note(&mut self, at: Timestamp, number: u64, what: What) {
        let Some(job) = self.desk.jobs.get(&number) else { return };
        self.notes.push(Note {
            at,
            place: job.message.topic.name().to_owned(),
            subject: job.message.about.clone(),
            id: job.message.id.clone(),
            what,
        });
    }
}
