//! The calls about subscriptions.

use aqueduct_topology::Arn;

use super::answers::{Listed, Response};
use super::api::{SetSubscriptionAttributes, Subscribe, Unsubscribe};
use super::delivery_policy::Effective;
use super::refusals::{checked_subscription, invalid, no_subscription, unauthorized};
use super::subscription::{Protocol, Subscription};
use super::topic::{MESSAGE_BYTES_DEFAULT, Topic};
use super::{LARGE_SUBSCRIPTIONS_MAX, Sns, page};
use crate::{ApiError, Timestamp};

/// The most subscriptions of a FIFO topic.
///
/// Source: <https://docs.aws.amazon.com/general/latest/gr/sns.html>
const FIFO_SUBSCRIPTIONS_MAX: usize = 100;

impl Sns {
    /// Idempotent by endpoint, unless the attributes differ. An HTTP endpoint is asked to confirm, again and again.
    pub(super) fn subscribe(&mut self, now: Timestamp, request: &Subscribe) -> Result<String, ApiError> {
        let topic = self.topic(&request.topic_arn)?;
        if request.endpoint.is_empty() {
            return Err(invalid("Endpoint"));
        }
        let protocol = Protocol::parse(&request.protocol)?;
        let topic_arn = topic.arn.clone();
        let id = self.ids.uuid();
        let subscription = Subscription::create(&topic_arn, &id, protocol, &request.endpoint, &request.attributes)?;
        let same = |it: &&Subscription| it.endpoint == request.endpoint && it.protocol == protocol;
        let existing = self.subscriptions_of(&topic_arn).find(same).cloned();
        let subscription = match existing {
            Some(existing) if existing.agrees_with(&request.attributes, &subscription) => existing,
            Some(_) => {
                return Err(invalid("Attributes Reason: Subscription already exists with different attributes"));
            }
            None => {
                self.check_room(self.topic(&topic_arn)?, protocol)?;
                self.check_replay(now, &subscription)?;
                self.subscriptions.insert(subscription.arn.clone(), subscription.clone());
                self.start_replay(now, &subscription);
                subscription
            }
        };
        if !subscription.standing.confirmed {
            self.ask_to_confirm(now, &subscription);
        }
        // Recorded by LocalStack's AWS-validated test `test_http_subscription_response`.
        let is_shown = subscription.standing.confirmed || request.return_subscription_arn;
        Ok(if is_shown { subscription.arn.to_string() } else { "pending confirmation".to_owned() })
    }

    /// Whether the topic takes one more subscription of this protocol.
    ///
    /// Source: <https://docs.aws.amazon.com/sns/latest/dg/large-message-payloads.html>
    fn check_room(&self, topic: &Topic, protocol: Protocol) -> Result<(), ApiError> {
        let is_large = topic.message_bytes_max > MESSAGE_BYTES_DEFAULT;
        if is_large && protocol.is_http() {
            return Err(invalid(format_args!(
                "Protocol: a topic with a MaximumMessageSize above {MESSAGE_BYTES_DEFAULT} bytes takes no {} subscriptions",
                protocol.name()
            )));
        }
        if !is_large && !topic.fifo {
            return Ok(());
        }
        let count = self.subscriptions_of(&topic.arn).count();
        if is_large && count >= LARGE_SUBSCRIPTIONS_MAX {
            return Err(invalid(format_args!(
                "TopicArn: a topic with a MaximumMessageSize above {MESSAGE_BYTES_DEFAULT} bytes takes \
                 {LARGE_SUBSCRIPTIONS_MAX} subscriptions"
            )));
        }
        if topic.fifo && count >= FIFO_SUBSCRIPTIONS_MAX {
            let message = format!("a FIFO topic takes {FIFO_SUBSCRIPTIONS_MAX} subscriptions");
            let error = ApiError::sender("SubscriptionLimitExceededException", message);
            return Err(error.with_query_code("SubscriptionLimitExceeded").with_status(403));
        }
        Ok(())
    }

    /// Recorded by LocalStack's AWS-validated test `test_unsubscribe_idempotency`: no error for what is gone. Whoever
    /// follows the link of a message is told how to come back: `test_subscribe_external_http_endpoint`. "Amazon SQS queue
    /// subscriptions require authentication for deletion."
    ///
    /// Sources: <https://docs.aws.amazon.com/sns/latest/api/API_Unsubscribe.html>, and for what waits for confirmation
    /// <https://docs.aws.amazon.com/sns/latest/dg/sns-delete-subscription-topic.html>
    pub(super) fn unsubscribe(&mut self, now: Timestamp, request: &Unsubscribe) -> Result<Response, ApiError> {
        let arn = checked_subscription(&request.subscription_arn)?;
        let Some(subscription) = self.subscriptions.get(arn) else { return Ok(Response::Unsubscribe) };
        if !subscription.standing.confirmed {
            return Err(invalid("Cannot unsubscribe a subscription that is pending confirmation"));
        }
        let is_guarded = subscription.standing.guarded || subscription.protocol == Protocol::Sqs;
        if is_guarded && !request.signed {
            return Err(unauthorized("Only a signed request of its owner can delete this subscription"));
        }
        let Some(subscription) = self.subscriptions.remove(arn) else { return Ok(Response::Unsubscribe) };
        if let Some(topic) = self.topics.get_mut(&subscription.topic) {
            topic.unsubscribed += 1;
        }
        if subscription.protocol.is_http() && !request.signed {
            self.say_goodbye(now, &subscription);
        }
        Ok(Response::Unsubscribe)
    }

    /// One page of the subscriptions of a topic, or of all.
    pub(super) fn list_subscriptions(
        &self,
        token: Option<&str>,
        topic: Option<&Arn>,
    ) -> Result<(Vec<Listed>, Option<String>), ApiError> {
        let after = page::read(token)?;
        let is_wanted = |it: &&Subscription| {
            after.as_deref() < Some(it.arn.as_str()) && topic.is_none_or(|topic| it.topic == *topic)
        };
        let mut found: Vec<&Subscription> = self.subscriptions.values().filter(is_wanted).collect();
        let next_token = page::cut(&mut found, |it| it.arn.as_str());
        Ok((found.into_iter().map(Subscription::listed).collect(), next_token))
    }

    pub(super) fn subscription_attributes(&self, arn: &Arn) -> Result<Response, ApiError> {
        let subscription = self.subscription(arn)?;
        let topic = self.topics.get(&subscription.topic).map(|topic| topic.delivery.clone()).unwrap_or_default();
        let effective = Effective::of(&topic, subscription.delivery.as_ref());
        let status = self.replay_status(subscription);
        Ok(Response::GetSubscriptionAttributes(subscription.attributes(&effective, status)))
    }

    pub(super) fn set_subscription_attributes(
        &mut self,
        now: Timestamp,
        request: &SetSubscriptionAttributes,
    ) -> Result<Response, ApiError> {
        let mut subscription = self.subscription(&request.subscription_arn)?.clone();
        subscription.set(&request.name, &request.value)?;
        let is_replay = request.name == "ReplayPolicy";
        if is_replay {
            self.check_replay(now, &subscription)?;
        }
        self.subscriptions.insert(subscription.arn.clone(), subscription.clone());
        if is_replay {
            self.start_replay(now, &subscription);
        }
        Ok(Response::SetSubscriptionAttributes)
    }

    fn subscription(&self, arn: &Arn) -> Result<&Subscription, ApiError> {
        self.subscriptions.get(checked_subscription(arn)?).ok_or_else(no_subscription)
    }
}
