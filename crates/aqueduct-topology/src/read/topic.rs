//! SNS topics, subscriptions and topic policies.

use std::collections::BTreeMap;

use super::{TOO_LITTLE_KNOWN, dead_letter, named};
use crate::properties::Properties;
use crate::scope::Scope;
use crate::template::Resource;
use crate::{Arn, ResourcePolicy, Subscription, Topic, Topology, Undecided, identity};

const TOPIC: &[&str] = &[
    "ArchivePolicy",
    "ContentBasedDeduplication",
    "DataProtectionPolicy",
    "DeliveryStatusLogging",
    "DisplayName",
    "FifoThroughputScope",
    "FifoTopic",
    "KmsMasterKeyId",
    "MaximumMessageSize",
    "SignatureVersion",
    "Subscription",
    "Tags",
    "TopicName",
    "TracingConfig",
];
const SUBSCRIPTION: &[&str] = &[
    "DeliveryPolicy",
    "Endpoint",
    "FilterPolicy",
    "FilterPolicyScope",
    "Protocol",
    "RawMessageDelivery",
    "RedrivePolicy",
    "Region",
    "ReplayPolicy",
    "SubscriptionRoleArn",
    "TopicArn",
];

/// Properties that are attributes of the same name, text and JSON.
const TOPIC_ATTRIBUTES: (&[&str], &[&str]) = (
    &["DisplayName", "FifoThroughputScope", "MaximumMessageSize", "SignatureVersion", "TracingConfig"],
    &["ArchivePolicy"],
);
/// Properties that are attributes of the same name, text and JSON.
const SUBSCRIPTION_ATTRIBUTES: (&[&str], &[&str]) = (&["SubscriptionRoleArn"], &["DeliveryPolicy", "ReplayPolicy"]);

/// Reads a topic, and the subscriptions written inside it.
pub(super) fn read(scope: &Scope<'_>, resource: &Resource, topology: &mut Topology) {
    let Some((name, arn)) = named(scope, resource) else { return };
    let properties = Properties::new(scope, resource);
    properties.expect(resource, TOPIC);
    for (index, inline) in properties.maps("Subscription").iter().enumerate() {
        let id = format!("{}Subscription{}", resource.id, index + 1);
        if let Some(subscription) = subscribed(&id, arn.clone(), inline) {
            topology.subscriptions.push(subscription);
        } else {
            let (kind, reason) = ("AWS::SNS::Subscription".to_owned(), TOO_LITTLE_KNOWN.to_owned());
            scope.leave_out_part(&id, Undecided { kind, reason, span: inline.span() });
        }
    }
    topology.topics.push(Topic {
        id: resource.id.clone(),
        name,
        arn,
        fifo: identity::is_fifo(scope, resource),
        content_based_deduplication: properties.flag("ContentBasedDeduplication").unwrap_or(false),
        kms_key: properties.string("KmsMasterKeyId"),
        attributes: attributes(&properties, TOPIC_ATTRIBUTES),
        span: resource.span,
    });
}

pub(super) fn subscription(scope: &Scope<'_>, resource: &Resource) -> Option<Subscription> {
    let properties = Properties::new(scope, resource);
    properties.expect(resource, SUBSCRIPTION);
    let topic = properties.required_arn("TopicArn")?;
    let subscription = subscribed(&resource.id, topic, &properties)?;
    Some(Subscription { span: resource.span, ..subscription })
}

fn subscribed(id: &str, topic: Arn, properties: &Properties<'_>) -> Option<Subscription> {
    Some(Subscription {
        id: id.to_owned(),
        topic,
        protocol: properties.required("Protocol")?,
        endpoint: properties.required("Endpoint")?,
        raw: properties.flag("RawMessageDelivery").unwrap_or(false),
        filter_policy: properties.json("FilterPolicy"),
        filter_policy_scope: properties.string("FilterPolicyScope").unwrap_or_else(|| "MessageAttributes".to_owned()),
        dead_letter: dead_letter(properties, "RedrivePolicy", "deadLetterTargetArn"),
        attributes: attributes(properties, SUBSCRIPTION_ATTRIBUTES),
        span: properties.span(),
    })
}

fn attributes(properties: &Properties<'_>, (texts, jsons): (&[&str], &[&str])) -> BTreeMap<String, String> {
    let text = |name: &&str| Some(((*name).to_owned(), properties.string(name)?));
    let json = |name: &&str| Some(((*name).to_owned(), properties.json(name)?.to_string()));
    texts.iter().filter_map(text).chain(jsons.iter().filter_map(json)).collect()
}

pub(super) fn policy(scope: &Scope<'_>, resource: &Resource) -> Option<ResourcePolicy> {
    let properties = Properties::new(scope, resource);
    let topics = ["Topics", "TopicArn"].iter().flat_map(|name| properties.strings(name));
    Some(ResourcePolicy {
        id: resource.id.clone(),
        resources: topics.map(Arn::new).collect(),
        document: properties.document("PolicyDocument")?,
        span: resource.span,
    })
}
