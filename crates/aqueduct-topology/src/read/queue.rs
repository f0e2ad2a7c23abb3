//! SQS queues and their policies.

use std::time::Duration;

use super::named;
use crate::properties::Properties;
use crate::scope::Scope;
use crate::template::Resource;
use crate::{Arn, Queue, Redrive, ResourcePolicy, identity};

const PROPERTIES: &[&str] = &[
    "ContentBasedDeduplication",
    "DeduplicationScope",
    "DelaySeconds",
    "FifoQueue",
    "FifoThroughputLimit",
    "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "QueueName",
    "ReceiveMessageWaitTimeSeconds",
    "RedriveAllowPolicy",
    "RedrivePolicy",
    "SqsManagedSseEnabled",
    "Tags",
    "VisibilityTimeout",
];

pub(super) fn read(scope: &Scope<'_>, resource: &Resource) -> Option<Queue> {
    let (name, arn) = named(scope, resource)?;
    let properties = Properties::new(scope, resource);
    properties.expect(resource, PROPERTIES);
    Some(Queue {
        id: resource.id.clone(),
        url: identity::queue_url(scope, &resource.id, &name),
        name,
        arn,
        fifo: identity::is_fifo(scope, resource),
        visibility_timeout: properties.seconds("VisibilityTimeout").unwrap_or(Duration::from_secs(30)),
        retention: properties.seconds("MessageRetentionPeriod").unwrap_or(Duration::from_hours(4 * 24)),
        delay: properties.seconds("DelaySeconds").unwrap_or_default(),
        receive_wait: properties.seconds("ReceiveMessageWaitTimeSeconds").unwrap_or_default(),
        message_bytes_max: properties.number("MaximumMessageSize").unwrap_or(1 << 20),
        content_based_deduplication: properties.flag("ContentBasedDeduplication").unwrap_or(false),
        deduplication_scope: properties.string("DeduplicationScope"),
        fifo_throughput_limit: properties.string("FifoThroughputLimit"),
        redrive: redrive(&properties),
        redrive_allow: properties.json("RedriveAllowPolicy"),
        kms_key: properties.string("KmsMasterKeyId"),
        span: resource.span,
    })
}

fn redrive(properties: &Properties<'_>) -> Option<Redrive> {
    let policy = properties.map("RedrivePolicy")?;
    Some(Redrive {
        target: policy.required_arn("deadLetterTargetArn")?,
        receives_max: policy.number("maxReceiveCount").unwrap_or(10),
    })
}

pub(super) fn policy(scope: &Scope<'_>, resource: &Resource) -> Option<ResourcePolicy> {
    let properties = Properties::new(scope, resource);
    let queues = ["Queues", "Queue"].iter().flat_map(|name| properties.strings(name));
    Some(ResourcePolicy {
        id: resource.id.clone(),
        resources: queues.map(|url| arn_of_url(scope, &url)).collect(),
        document: properties.document("PolicyDocument")?,
        span: resource.span,
    })
}

/// Queue policies name queues by URL, whose last two segments are account and name.
fn arn_of_url(scope: &Scope<'_>, url: &str) -> Arn {
    if url.starts_with("arn:") {
        return Arn::new(url);
    }
    let mut segments = url.rsplit('/');
    let name = segments.next().unwrap_or_default();
    let account = segments.next().unwrap_or(&scope.deployment.account);
    Arn::new(format!("arn:{}:sqs:{}:{account}:{name}", scope.partition(), scope.deployment.region))
}
