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
const ATTRIBUTES_MAX: usize = 10;

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

/// The message's own attributes, and as many of ours as ten leave room for: each by itself, or all in the one attribute
/// `rejected` as JSON. A message with ten of its own keeps them.
pub(super) fn stamped(rejection: &Rejection<'_>) -> Result<Attributes, BuildError> {
    let mut attributes = original(rejection.delivery)?;
    attributes.retain(|name, _| !name.starts_with("rejected"));
    if let Some(header) = rejection.header.filter(|header| !header.kind.is_empty())
        && attributes.len() < ATTRIBUTES_MAX
        && !attributes.contains_key("type")
    {
        attributes.insert("type".to_owned(), text(&header.kind)?);
    }
    let ours = reasons(rejection);
    if attributes.len() + ours.len() <= ATTRIBUTES_MAX {
        for (name, value) in ours {
            attributes.insert(format!("rejected.{name}"), text(&value)?);
        }
    } else if attributes.len() < ATTRIBUTES_MAX {
        let all: BTreeMap<_, _> =
            ours.into_iter().map(|(name, value)| (name, value.chars().take(CHARS_MAX).collect::<String>())).collect();
        let value = json!(all).to_string();
        let attribute = MessageAttributeValue::builder().data_type("String").string_value(value).build()?;
        attributes.insert("rejected".to_owned(), attribute);
    } else {
        tracing::warn!(
            id = &*rejection.delivery.id,
            "a message with ten attributes of its own is rejected without the reason"
        );
    }
    Ok(attributes)
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
