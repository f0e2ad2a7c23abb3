//! Resources that are there already, brought to what a topology describes. Their messages stay.
//!
//! What is there and not in the topology stays, too: it may have been made by an API call, and may hold messages.

use std::collections::BTreeMap;

use aqueduct_topology::{Archive, Arn, Queue, Rule, Subscription, Topic};

use super::Cloud;
use crate::{ApiError, CallId, Timestamp, events, sns, sqs};

/// No driver names a call so; calls made in here are answered at once.
const OWN_CALL: CallId = CallId(u64::MAX);

impl Cloud {
    /// Whether there is a queue of this name.
    pub(super) fn has_queue(&self, queue: &Queue) -> bool {
        self.sqs.visibility_timeout(&queue.arn).is_some()
    }

    /// Sets a queue's attributes. Those that are removed here and are in the topology are set by later steps.
    pub(super) fn update_queue(
        &mut self,
        now: Timestamp,
        queue: &Queue,
        mut attributes: BTreeMap<String, String>,
    ) -> Result<(), ApiError> {
        attributes.remove("FifoQueue");
        for removed in ["KmsMasterKeyId", "Policy", "RedriveAllowPolicy", "RedrivePolicy"] {
            attributes.entry(removed.to_owned()).or_default();
        }
        let request = sqs::SetQueueAttributes { queue_url: self.queue_url(&queue.arn), attributes };
        match self.sqs.call(now, OWN_CALL, sqs::Request::SetQueueAttributes(request)) {
            Some(result) => result.map(drop),
            None => Ok(()),
        }
    }

    /// Whether there is a topic of this name.
    pub(super) fn has_topic(&mut self, now: Timestamp, topic: &Topic) -> bool {
        let request = sns::TopicArn { topic_arn: topic.arn.clone() };
        self.sns.call(now, sns::Request::GetTopicAttributes(request)).is_ok()
    }

    /// Sets a topic's attributes.
    pub(super) fn update_topic(
        &mut self,
        now: Timestamp,
        topic: &Topic,
        mut attributes: BTreeMap<String, String>,
    ) -> Result<(), ApiError> {
        attributes.remove("FifoTopic");
        attributes.entry("KmsMasterKeyId".to_owned()).or_default();
        for (name, value) in attributes {
            let request = sns::SetTopicAttributes { topic_arn: topic.arn.clone(), name, value };
            self.sns.call(now, sns::Request::SetTopicAttributes(request))?;
        }
        Ok(())
    }

    /// The subscription of the same endpoint to the same topic.
    pub(super) fn subscription_like(&mut self, now: Timestamp, subscription: &Subscription) -> Option<Arn> {
        let mut next_token = None;
        loop {
            let request = sns::ListSubscriptionsByTopic { topic_arn: subscription.topic.clone(), next_token };
            let answer = self.sns.call(now, sns::Request::ListSubscriptionsByTopic(request));
            let Ok(sns::Response::ListSubscriptionsByTopic { subscriptions: entries, next_token: next }) = answer
            else {
                return None;
            };
            let like = entries
                .into_iter()
                .find(|entry| entry.endpoint == subscription.endpoint && entry.protocol == subscription.protocol);
            if let Some(entry) = like {
                return Some(Arn::new(entry.arn));
            }
            next_token = Some(next?);
        }
    }

    /// Sets a subscription's attributes; those that the topology does not give are removed.
    pub(super) fn update_subscription(
        &mut self,
        now: Timestamp,
        subscription_arn: &Arn,
        attributes: &BTreeMap<String, String>,
    ) -> Result<(), ApiError> {
        // The scope goes first, since it decides how the policy is read; without a policy it does not matter.
        let scope = attributes.get("FilterPolicyScope").map(|scope| ("FilterPolicyScope", scope.as_str()));
        let removed = [("RawMessageDelivery", "false"), ("FilterPolicy", ""), ("RedrivePolicy", "")];
        let plain = removed.map(|(name, without)| (name, attributes.get(name).map_or(without, String::as_str)));
        // A replay policy would replay what was replayed.
        let is_other = |name: &str| {
            name != "FilterPolicyScope" && name != "ReplayPolicy" && removed.iter().all(|(known, _)| *known != name)
        };
        let others =
            attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())).filter(|(name, _)| is_other(name));
        for (name, value) in scope.into_iter().chain(plain).chain(others) {
            let (subscription_arn, name, value) = (subscription_arn.clone(), name.to_owned(), value.to_owned());
            let request = sns::SetSubscriptionAttributes { subscription_arn, name, value };
            self.sns.call(now, sns::Request::SetSubscriptionAttributes(request))?;
        }
        Ok(())
    }

    /// Sets what an archive takes and for how long.
    pub(super) fn update_archive(&mut self, now: Timestamp, archive: &Archive) -> Result<(), ApiError> {
        let request = events::UpdateArchive {
            archive_name: archive.name.clone(),
            event_pattern: archive.pattern.as_ref().map(ToString::to_string),
            retention_days: Some(archive.retention_days),
            ..events::UpdateArchive::default()
        };
        self.events.call(now, events::Request::UpdateArchive(request)).map(drop)
    }

    /// Takes those targets off a rule that the topology does not give it.
    pub(super) fn drop_other_targets(&mut self, now: Timestamp, rule: &Rule) -> Result<(), ApiError> {
        let (name, bus) = (rule.name.clone(), Some(rule.bus.to_string()));
        let list = events::ListTargetsByRule { rule: name.clone(), event_bus_name: bus.clone(), ..Default::default() };
        let Ok(events::Response::ListTargetsByRule(answer)) =
            self.events.call(now, events::Request::ListTargetsByRule(list))
        else {
            return Ok(());
        };
        let kept = |id: &str| rule.targets.iter().any(|target| target.id == id);
        let ids: Vec<String> = answer.targets.into_iter().map(|target| target.id).filter(|id| !kept(id)).collect();
        if ids.is_empty() {
            return Ok(());
        }
        let request = events::RemoveTargets { rule: name, event_bus_name: bus, ids, ..Default::default() };
        self.events.call(now, events::Request::RemoveTargets(request)).map(drop)
    }
}

/// Lets a refusal pass that only says that the resource is there; `Ok(true)` when it was made.
pub(super) fn or_there<T>(result: Result<T, ApiError>) -> Result<bool, ApiError> {
    match result {
        Ok(_) => Ok(true),
        Err(error) if ["ResourceAlreadyExistsException", "ConflictException"].contains(&&*error.code) => Ok(false),
        Err(error) => Err(error),
    }
}
