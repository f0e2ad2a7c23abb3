//! Amazon SNS: topics, subscriptions and their deliveries.
//!
//! Messages go to SQS queues, Lambda functions and HTTP endpoints; the other protocols are refused by name. FIFO topics
//! send the messages of a group to a subscriber one after another, so that a retry cannot overtake.
//!
//! Not modelled: signatures (`Signature` says so), mobile applications, SMS, e-mail, Firehose, data protection policies,
//! delivery logs, and what KMS would refuse. The jitter of retries is left out.

use std::collections::{BTreeMap, BTreeSet};

use aqueduct_topology::Arn;

use crate::keep::Kept;
use crate::{ApiError, Delivery, Handover, Ids, Note, Principal, Refusal, Site, Timestamp};

mod answers;
mod api;
mod archive;
mod attributes;
mod batch;
mod confirm;
mod delivery;
mod delivery_policy;
mod desk;
mod durable;
mod json_error;
mod message;
mod notification;
mod page;
mod permission;
mod post;
mod publish;
mod recent;
mod refusals;
mod replay;
mod retry;
mod subscription;
mod subscriptions;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_durable;
#[cfg(test)]
mod tests_http;
#[cfg(test)]
mod tests_properties;
#[cfg(test)]
mod tests_recorded;
#[cfg(test)]
mod tests_replay;
mod topic;
mod topics;

pub use answers::{FailedEntry, Listed, Published, Response};
pub use api::{
    AddPermission, ConfirmSubscription, CreateTopic, ListSubscriptionsByTopic, Outgoing, Page, Publish, PublishBatch,
    PublishDirect, RemovePermission, Request, ResourceArn, SetSubscriptionAttributes, SetTopicAttributes, Subscribe,
    SubscriptionArn, TagResource, TopicArn, Unsubscribe, UntagResource,
};
pub use post::{Post, Posted};

use refusals::{checked, invalid, no_topic};
use subscription::Subscription;
use topic::Topic;

/// The most subscriptions of a topic whose messages may have more than 256 KiB.
///
/// Source: <https://docs.aws.amazon.com/sns/latest/dg/large-message-payloads.html>
const LARGE_SUBSCRIPTIONS_MAX: usize = 100;

/// All topics of one account and Region.
#[derive(Debug)]
pub struct Sns {
    site: Site,
    ids: Ids,
    topics: Kept<Arn, Topic>,
    subscriptions: Kept<Arn, Subscription>,
    tokens: Kept<String, confirm::Token>,
    /// When each token ends.
    expiring: BTreeSet<(Timestamp, String)>,
    desk: desk::Desk,
    recent: recent::Recent,
    /// How many messages each FIFO topic accepted.
    sequences: Kept<Arn, u64>,
    archives: archive::Archives,
    /// When each subscription with a `maxReceivesPerSecond` may get its next request.
    paced: BTreeMap<Arn, Timestamp>,
    notes: Vec<Note>,
}

impl Sns {
    /// Nothing in it yet.
    pub fn new(site: Site, ids: Ids) -> Self {
        Self {
            site,
            ids,
            topics: Kept::default(),
            subscriptions: Kept::default(),
            tokens: Kept::default(),
            expiring: BTreeSet::new(),
            desk: desk::Desk::default(),
            recent: recent::Recent::default(),
            sequences: Kept::default(),
            archives: archive::Archives::default(),
            paced: BTreeMap::new(),
            notes: Vec::new(),
        }
    }

    /// Answers a call; what it sets in motion comes out of [`Self::take_deliveries`] and [`Self::take_posts`].
    pub fn call(&mut self, now: Timestamp, request: Request) -> Result<Response, ApiError> {
        self.expire_tokens(now);
        match request {
            Request::AddPermission(request) => self.add_permission(&request),
            Request::ConfirmSubscription(request) => self.confirm(&request).map(Response::ConfirmSubscription),
            Request::CreateTopic(request) => self.create_topic(now, request).map(Response::CreateTopic),
            Request::DeleteTopic(request) => self.delete_topic(&request.topic_arn),
            Request::ListTopics(page) => self.list_topics(&page),
            Request::GetTopicAttributes(request) => self.topic_attributes(now, &request.topic_arn),
            Request::SetTopicAttributes(request) => self.set_topic_attributes(now, &request),
            Request::Subscribe(request) => self.subscribe(now, &request).map(Response::Subscribe),
            Request::Unsubscribe(request) => self.unsubscribe(now, &request),
            Request::ListSubscriptions(request) => {
                let (subscriptions, next_token) = self.list_subscriptions(request.next_token.as_deref(), None)?;
                Ok(Response::ListSubscriptions { subscriptions, next_token })
            }
            Request::ListSubscriptionsByTopic(request) => {
                let topic = &self.topic(&request.topic_arn)?.arn;
                let (subscriptions, next_token) =
                    self.list_subscriptions(request.next_token.as_deref(), Some(topic))?;
                Ok(Response::ListSubscriptionsByTopic { subscriptions, next_token })
            }
            Request::GetSubscriptionAttributes(request) => self.subscription_attributes(&request.subscription_arn),
            Request::SetSubscriptionAttributes(request) => self.set_subscription_attributes(now, &request),
            Request::Publish(request) => self.publish(now, &request.topic_arn, request.message).map(Response::Publish),
            Request::PublishDirect(request) => Err(Self::publish_direct(&request)),
            Request::PublishBatch(request) => self.publish_batch(now, request),
            Request::RemovePermission(request) => self.remove_permission(&request),
            Request::TagResource(request) => self.tag(&request.resource_arn, request.tags),
            Request::UntagResource(request) => self.untag(&request.resource_arn, &request.keys),
            Request::ListTagsForResource(request) => self.tags(&request.resource_arn),
        }
    }

    /// Another service hands a message over; the topic's policy decides.
    pub fn hand_over(
        &mut self,
        now: Timestamp,
        to: &Arn,
        message: Handover,
        from: &Principal,
    ) -> Result<String, Refusal> {
        let topic = self
            .topics
            .get(to)
            .ok_or_else(|| Refusal::NoResource(format!("the topic {} does not exist", to.name())))?;
        permission::check(topic, from).map_err(Refusal::NoPermission)?;
        let outgoing = Outgoing {
            message: message.body,
            attributes: message.attributes,
            group: message.group,
            deduplication_id: message.deduplication_id,
            trace_header: message.trace_header,
            ..Outgoing::default()
        };
        match self.publish(now, to, outgoing) {
            Ok(published) => Ok(published.message_id),
            Err(error) => Err(Refusal::Invalid(error.to_string())),
        }
    }

    /// Messages to hand on now; [`Self::delivered`] hears how it went.
    pub fn take_deliveries(&mut self) -> Vec<Delivery> {
        std::mem::take(&mut self.desk.ready)
    }

    /// Requests to HTTP endpoints to send now; [`Self::posted`] hears how it went.
    pub fn take_posts(&mut self) -> Vec<Post> {
        std::mem::take(&mut self.desk.posts)
    }

    /// Whether no delivery is under way or waits to be tried again.
    pub fn is_idle(&self) -> bool {
        self.desk.jobs.is_empty()
    }

    /// Lets time pass up to `now`: retries that are due.
    pub fn tick(&mut self, now: Timestamp) {
        for number in self.desk.take_due(now) {
            self.send(now, number);
        }
    }

    /// When [`Self::tick`] has something to do next.
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.desk.next_wake()
    }

    /// What happened since the last call.
    pub fn take_notes(&mut self) -> Vec<Note> {
        std::mem::take(&mut self.notes)
    }

    /// Refuses what is no ARN, or one of another Region.
    ///
    /// Recorded by LocalStack's AWS-validated test `test_cross_region_access`.
    fn of_this_region<'a>(&self, parameter: &str, arn: &'a Arn) -> Result<&'a Arn, ApiError> {
        let arn = checked(parameter, arn)?;
        if arn.service() == "sns" && arn.region() == self.site.region { Ok(arn) } else { Err(invalid(parameter)) }
    }

    fn topic(&self, arn: &Arn) -> Result<&Topic, ApiError> {
        self.topics.get(self.of_this_region("TopicArn", arn)?).ok_or_else(no_topic)
    }

    /// The subscriptions of a topic, whose ARNs start with its own.
    fn subscriptions_of(&self, topic: &Arn) -> impl Iterator<Item = &Subscription> {
        let start = Arn::new(format!("{topic}:"));
        let topic = topic.clone();
        self.subscriptions.range(start..).map(|(_, subscription)| subscription).take_while(move |it| it.topic == topic)
    }
}
