//! The attributes that say why a message was rejected.

use std::collections::BTreeMap;

use aqueduct_message::{Attribute, Delivery};
use aws_sdk_sqs::error::BuildError;
use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::MessageAttributeValue;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::consume::Rejection;

/// A message has at most ten attributes.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html>
pub(super) const ATTRIBUTES_MAX: usize = 10;

/// What a message may weigh with its attributes: their names, data types and values count.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>
const BYTES_MAX: usize = 1024 * 1024;

/// SQS refuses longer attribute values only by the message's size; this keeps reasons readable.
const CHARS_MAX: usize = 1024;

pub(super) type Attributes = BTreeMap<String, MessageAttributeValue>;

/// A string attribute. SQS refuses empty ones.
pub(super) fn text(value: &str) -> Result<MessageAttributeValue, BuildError> {
    let value: String = value.chars().take(CHARS_MAX).collect();
    let value = if value.is_empty() { "unknown".to_owned() } else { value };
    MessageAttributeValue::builder().data_type("String").string_value(value).build()
}

/// The attributes that a message came with, for a copy of it.
pub(super) fn original(delivery: &Delivery<'_>) -> Result<Attributes, BuildError> {
    let copy = |attribute: Attribute| {
        let binary = attribute.binary_value.and_then(|value| STANDARD.decode(value).ok()).map(Blob::new);
        MessageAttributeValue::builder()
            .data_type(attribute.data_type)
            .set_string_value(attribute.string_value)
            .set_binary_value(binary)
            .build()
    };
    delivery.attributes().into_iter().map(|(name, attribute)| Ok((name, copy(attribute)?))).collect()
}

fn weigh(name: &str, attribute: &MessageAttributeValue) -> usize {
    let binary = attribute.binary_value().map_or(0, |value| value.as_ref().len());
    name.len() + attribute.data_type().len() + attribute.string_value().map_or(0, str::len) + binary
}

/// The message's own attributes, and as many of ours as there is room for in ten and in what a message may weigh: each by
/// itself, or all in the one attribute `rejected` as JSON. A message with ten of its own keeps them.
pub(super) fn stamped(rejection: &Rejection<'_>) -> Result<Attributes, BuildError> {
    let mut attributes = original(rejection.delivery)?;
    attributes.retain(|name, _| !name.starts_with("rejected"));
    let theirs: usize = attributes.iter().map(|(name, attribute)| weigh(name, attribute)).sum();
    let mut room = BYTES_MAX.saturating_sub(rejection.delivery.body.len() + theirs);
    for (name, attribute) in ours(rejection, &attributes)? {
        if attributes.len() < ATTRIBUTES_MAX
            && let Some(left) = room.checked_sub(weigh(&name, &attribute))
        {
            room = left;
            attributes.insert(name, attribute);
        }
    }
    if !attributes.keys().any(|name| name.starts_with("rejected")) {
        tracing::warn!(id = &*rejection.delivery.id, "the message has no room for the reason why it is rejected");
    }
    Ok(attributes)
}

/// What we have to say, the most important first.
fn ours(rejection: &Rejection<'_>, theirs: &Attributes) -> Result<Vec<(String, MessageAttributeValue)>, BuildError> {
    let reasons = reasons(rejection);
    let kind = rejection.header.map(|header| &header.kind).filter(|kind| !kind.is_empty());
    let kind = kind.filter(|_| !theirs.contains_key("type"));
    let mut ours = Vec::with_capacity(reasons.len() + 1);
    if theirs.len() + usize::from(kind.is_some()) + reasons.len() <= ATTRIBUTES_MAX {
        for (name, value) in reasons {
            ours.push((format!("rejected.{name}"), text(&value)?));
        }
    } else {
        let all: BTreeMap<_, String> =
            reasons.into_iter().map(|(name, value)| (name, value.chars().take(CHARS_MAX).collect())).collect();
        let value =
            MessageAttributeValue::builder().data_type("String").string_value(json!(all).to_string()).build()?;
        ours.push(("rejected".to_owned(), value));
    }
    if let Some(kind) = kind {
        ours.push(("type".to_owned(), text(kind)?));
    }
    Ok(ours)
}

fn reasons(rejection: &Rejection<'_>) -> Vec<(&'static str, String)> {
    let Rejection { delivery, header, reason, handler, at } = rejection;
    let first = delivery.first_received.unwrap_or(*at);
    let trace =
        header.and_then(|header| header.traceparent.clone()).or_else(|| delivery.trace.as_deref().map(str::to_owned));
    let mut reasons = vec![
        ("reason", reason.message.clone()),
        ("error", reason.kind.clone().into_owned()),
        ("attempts", delivery.receive_count.to_string()),
        ("first", format!("{first:.0}")),
        ("last", format!("{at:.0}")),
        ("message", delivery.id.clone().into_owned()),
    ];
    if !handler.is_empty() {
        reasons.push(("handler", (*handler).to_owned()));
    }
    reasons.extend(delivery.source_arn.as_deref().map(|source| ("from", source.to_owned())));
    reasons.extend(trace.map(|trace| ("trace", trace)));
    reasons
}
