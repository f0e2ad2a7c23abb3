//! Amazon SNS: topics, subscriptions and their deliveries.
//!
//! Messages go to SQS queues and Lambda functions; the other protocols are refused by name. FIFO topics send the
//! messages of a group to a subscriber one after another, so that a retry cannot overtake.

use std::collections::{BTreeMap, VecDeque};

use aqueduct_topology::Arn;

use crate::outbox::Outbox;
use crate::{ApiError, Delivery, Handover, Ids, Note, Principal, Refusal, Site, Timestamp, policy};

mod api;
mod attributes;
mod delivery;
mod notification;
mod publish;
mod refusals;
mod subscription;
#[cfg(test)]
mod tests;
mod topic;

pub use api::{
    CreateTopic, FailedEntry, ListSubscriptionsByTopic, Listed, Outgoing, Page, Publish, PublishBatch, Published,
    Request, ResourceArn, Response, SetSubscriptionAttributes, SetTopicAttributes, Subscribe, SubscriptionArn,
    TagResource, TopicArn, UntagResource,
};

use refusals::{checked, invalid, no_resource, no_subscription, no_topic};
use subscription::{Protocol, Subscription};
use topic::Topic;

/// How many topics or subscriptions a list answers at once.
const PAGE: usize = 100;

/// All topics of one account and Region.
#[derive(Debug)]
pub struct Sns {
    site: Site,
    ids: Ids,
    topics: BTreeMap<Arn, Topic>,
    subscriptions: BTreeMap<Arn, Subscription>,
    outbox: Outbox<delivery::Job>,
    /// Groups of FIFO topics with a message under way to a subscriber, and the messages behind it.
    lanes: BTreeMap<(Arn, String), VecDeque<delivery::Job>>,
    notes: Vec<Note>,
}

impl Sns {
    /// Nothing in it yet.
    pub fn new(site: Site, ids: Ids) -> Self {
        Self {
            site,
            ids,
            topics: BTreeMap::new(),
            subscriptions: BTreeMap::new(),
            outbox: Outbox::default(),
            lanes: BTreeMap::new(),
            notes: Vec::new(),
        }
    }

    /// Answers a call; what it sets in motion comes out of [`Self::take_deliveries`].
    pub fn call(&mut self, now: Timestamp, request: Request) -> Result<Response, ApiError> {
        match request {
            Request::CreateTopic(request) => self.create_topic(request).map(Response::CreateTopic),
            Request::DeleteTopic(request) => self.delete_topic(&request.topic_arn),
            Request::ListTopics(page) => Ok(self.list_topics(&page)),
            Request::GetTopicAttributes(request) => self.topic_attributes(&request.topic_arn),
            Request::SetTopicAttributes(request) => {
                self.topic(&request.topic_arn)?.set(&request.name, &request.value)?;
                Ok(Response::SetTopicAttributes)
            }
            Request::Subscribe(request) => self.subscribe(&request).map(Response::Subscribe),
            Request::Unsubscribe(request) => self.unsubscribe(&request.subscription_arn),
            Request::ListSubscriptions(request) => {
                let (subscriptions, next_token) = self.list_subscriptions(request.next_token.as_deref(), |_| true);
                Ok(Response::ListSubscriptions { subscriptions, next_token })
            }
            Request::ListSubscriptionsByTopic(request) => {
                let topic = self.topic(&request.topic_arn)?.arn.clone();
                let next_token = request.next_token.as_deref();
                let (subscriptions, next_token) = self.list_subscriptions(next_token, |it| it.topic == topic);
                Ok(Response::ListSubscriptionsByTopic { subscriptions, next_token })
            }
            Request::GetSubscriptionAttributes(request) => {
                Ok(Response::GetSubscriptionAttributes(self.subscription(&request.subscription_arn)?.attributes()))
            }
            Request::SetSubscriptionAttributes(request) => {
                self.subscription(&request.subscription_arn)?.set(&request.name, &request.value)?;
                Ok(Response::SetSubscriptionAttributes)
            }
            Request::Publish(request) => self.publish(now, &request.topic_arn, request.message).map(Response::Publish),
            Request::PublishBatch(request) => self.publish_batch(now, request),
            Request::TagResource(request) => self.tag(&request.resource_arn, request.tags),
            Request::UntagResource(request) => {
                self.tags(&request.resource_arn)?.retain(|(key, _)| !request.keys.contains(key));
                Ok(Response::UntagResource)
            }
            Request::ListTagsForResource(request) => {
                Ok(Response::ListTagsForResource(self.tags(&request.resource_arn)?.clone()))
            }
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
        check_policy(topic, from).map_err(Refusal::NoPermission)?;
        let outgoing = Outgoing {
            message: message.body,
            attributes: message.attributes,
            group: message.group,
            deduplication_id: message.deduplication_id,
            ..Outgoing::default()
        };
        match self.publish(now, to, outgoing) {
            Ok(published) => Ok(published.message_id),
            Err(error) => Err(Refusal::Invalid(error.to_string())),
        }
    }

    /// Messages to hand on now.
    pub fn take_deliveries(&mut self) -> Vec<Delivery> {
        self.outbox.take_ready()
    }

    /// How a delivery went; a refusal leads to a retry, a dead-letter queue or a loss that is noted.
    pub fn delivered(&mut self, now: Timestamp, ticket: u64, result: Result<(), Refusal>) {
        let Some(job) = self.outbox.settle(ticket) else { return };
        match result {
            Ok(()) => self.accepted(now, &job),
            Err(refusal) => self.refused(now, job, &refusal),
        }
    }

    /// Whether no delivery is under way or waits to be tried again.
    pub fn is_idle(&self) -> bool {
        self.outbox.is_empty()
    }

    /// Lets time pass up to `now`: retries that are due.
    pub fn tick(&mut self, now: Timestamp) {
        for job in self.outbox.take_due(now) {
            self.send(job);
        }
    }

    /// When [`Self::tick`] has something to do next.
    pub fn next_wake(&self) -> Option<Timestamp> {
        self.outbox.next_wake()
    }

    /// What happened since the last call.
    pub fn take_notes(&mut self) -> Vec<Note> {
        std::mem::take(&mut self.notes)
    }

    /// Recorded by LocalStack's AWS-validated tests `test_create_duplicate_topic_check_idempotency`,
    /// `test_create_duplicate_topic_with_more_tags`.
    fn create_topic(&mut self, request: CreateTopic) -> Result<Arn, ApiError> {
        if let Some(topic) = self.topics.get(&self.site.arn("sns", &request.name)) {
            if request.tags.iter().any(|tag| !topic.tags.contains(tag)) {
                return Err(invalid("Tags Reason: Topic already exists with different tags"));
            }
            if !topic.agrees_with(&request.attributes) {
                return Err(invalid("Attributes Reason: Topic already exists with different attributes"));
            }
            return Ok(topic.arn.clone());
        }
        check_tags(&request.tags)?;
        let topic = Topic::create(&self.site, &request.name, &request.attributes, request.tags)?;
        let arn = topic.arn.clone();
        self.topics.insert(arn.clone(), topic);
        Ok(arn)
    }

    /// Idempotent, and takes the subscriptions with it.
    fn delete_topic(&mut self, arn: &Arn) -> Result<Response, ApiError> {
        self.topics.remove(checked("TopicArn", arn)?);
        self.subscriptions.retain(|_, subscription| subscription.topic != *arn);
        Ok(Response::DeleteTopic)
    }

    fn list_topics(&self, page: &Page) -> Response {
        let mut topics: Vec<Arn> =
            self.topics.keys().filter(|arn| page.next_token.as_deref() < Some(arn.as_str())).cloned().collect();
        let next_token = cut(&mut topics, Arn::to_string);
        Response::ListTopics { topics, next_token }
    }

    fn topic_attributes(&mut self, arn: &Arn) -> Result<Response, ApiError> {
        let subscriptions = self.subscriptions.values().filter(|it| it.topic == *arn).count();
        Ok(Response::GetTopicAttributes(self.topic(arn)?.attributes(subscriptions)))
    }

    /// Idempotent by endpoint, unless the attributes differ.
    fn subscribe(&mut self, request: &Subscribe) -> Result<Arn, ApiError> {
        let topic = self.topic(&request.topic_arn)?.arn.clone();
        if request.endpoint.is_empty() {
            return Err(invalid("Endpoint"));
        }
        let protocol = Protocol::parse(&request.protocol)?;
        let endpoint = Arn::new(request.endpoint.as_str());
        let id = self.ids.uuid();
        let subscription = Subscription::create(&topic, &id, protocol, &endpoint, &request.attributes)?;
        let same = |it: &&Subscription| it.topic == topic && it.endpoint == endpoint && it.protocol == protocol;
        if let Some(existing) = self.subscriptions.values().find(same) {
            if !existing.agrees_with(&request.attributes) {
                return Err(invalid("Attributes Reason: Subscription already exists with different attributes"));
            }
            return Ok(existing.arn.clone());
        }
        let arn = subscription.arn.clone();
        self.subscriptions.insert(arn.clone(), subscription);
        Ok(arn)
    }

    /// Recorded by LocalStack's AWS-validated test `test_unsubscribe_from_non_existing_subscription`: no error.
    fn unsubscribe(&mut self, arn: &Arn) -> Result<Response, ApiError> {
        if let Some(subscription) = self.subscriptions.remove(checked("SubscriptionArn", arn)?)
            && let Some(topic) = self.topics.get_mut(&subscription.topic)
        {
            topic.unsubscribed += 1;
        }
        Ok(Response::Unsubscribe)
    }

    fn list_subscriptions(
        &self,
        token: Option<&str>,
        wanted: impl Fn(&Subscription) -> bool,
    ) -> (Vec<Listed>, Option<String>) {
        let behind = |it: &&Subscription| token < Some(it.arn.as_str()) && wanted(it);
        let mut listed: Vec<Listed> = self.subscriptions.values().filter(behind).map(Subscription::listed).collect();
        let next_token = cut(&mut listed, |it| it.arn.to_string());
        (listed, next_token)
    }

    fn tag(&mut self, arn: &Arn, tags: Vec<(String, String)>) -> Result<Response, ApiError> {
        check_tags(&tags)?;
        let existing = self.tags(arn)?;
        for (key, value) in tags {
            match existing.iter_mut().find(|(existing, _)| *existing == key) {
                Some((_, existing)) => *existing = value,
                None => existing.push((key, value)),
            }
        }
        Ok(Response::TagResource)
    }

    fn tags(&mut self, arn: &Arn) -> Result<&mut Vec<(String, String)>, ApiError> {
        self.topics.get_mut(arn).map(|topic| &mut topic.tags).ok_or_else(no_resource)
    }

    fn topic(&mut self, arn: &Arn) -> Result<&mut Topic, ApiError> {
        self.topics.get_mut(checked("TopicArn", arn)?).ok_or_else(no_topic)
    }

    fn subscription(&mut self, arn: &Arn) -> Result<&mut Subscription, ApiError> {
        self.subscriptions.get_mut(arn).ok_or_else(no_subscription)
    }
}

/// Leaves one page, and answers where the next one starts.
fn cut<T>(items: &mut Vec<T>, token: impl Fn(&T) -> String) -> Option<String> {
    let has_more = items.len() > PAGE;
    items.truncate(PAGE);
    items.last().filter(|_| has_more).map(token)
}

/// Recorded by LocalStack's AWS-validated test `test_tags`.
fn check_tags(tags: &[(String, String)]) -> Result<(), ApiError> {
    let is_repeated = |(at, (key, _)): (usize, &(String, String))| tags[..at].iter().any(|(other, _)| other == key);
    if tags.iter().enumerate().any(is_repeated) {
        return Err(invalid("Duplicated keys are not allowed."));
    }
    Ok(())
}

/// Lambda's destinations and EventBridge Scheduler act with a role of their own account, whose permissions suffice
/// without a statement in the topic's policy; every other service needs one.
///
/// Source: <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>
fn check_policy(topic: &Topic, from: &Principal) -> Result<(), String> {
    if policy::acts_through_role(from.service) {
        return Ok(());
    }
    match &topic.policy {
        Some(document) => policy::allows(document, "sns:Publish", &topic.arn, from),
        None => Err(format!(
            "the topic {} has no policy that lets {} publish: add an AWS::SNS::TopicPolicy that allows sns:Publish with \
             aws:SourceArn {}",
            topic.name, from.service, from.source_arn
        )),
    }
}
