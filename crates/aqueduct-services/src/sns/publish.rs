//! Publishing: what a topic accepts, and to whom it goes.
//!
//! Source: <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>

use std::collections::BTreeSet;

use aqueduct_message::subject_of;
use aqueduct_topology::Arn;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::api::{FailedEntry, Outgoing, PublishBatch, Published, Response};
use super::delivery::Job;
use super::notification::{Notification, RAW_ATTRIBUTES_MAX};
use super::refusals::{checked, invalid, no_topic};
use super::subscription::{Protocol, Subscription};
use super::topic::Topic;
use super::{Sns, attributes};
use crate::{ApiError, Fault, Handover, Note, Timestamp, What};

/// The most entries of a batch.
const BATCH_MAX: usize = 10;

/// The longest group and deduplication id, in characters.
const TOKEN_MAX: usize = 128;

/// A message's text: one for all protocols, or one for each.
#[derive(Debug)]
enum Text {
    Same(String),
    ByProtocol(Map<String, Value>),
}

impl Text {
    /// What goes out over a protocol.
    fn of(&self, protocol: Protocol) -> &str {
        match self {
            Self::Same(text) => text,
            Self::ByProtocol(texts) => {
                let own = texts.get(protocol.name()).and_then(Value::as_str);
                own.or_else(|| texts.get("default").and_then(Value::as_str)).unwrap_or_default()
            }
        }
    }
}

impl Sns {
    /// `Publish`.
    pub(super) fn publish(&mut self, now: Timestamp, topic: &Arn, message: Outgoing) -> Result<Published, ApiError> {
        check(&message)?;
        let arn = checked("TopicArn", topic)?;
        let topic = self.topics.get_mut(arn).ok_or_else(no_topic)?;
        if attributes::size(&message.message, &message.attributes) > topic.message_bytes_max {
            return Err(invalid("Message too long"));
        }
        let text = check_for(topic, &message)?;
        let deduplication_id =
            topic.fifo.then(|| message.deduplication_id.clone().unwrap_or_else(|| content_hash(&message.message)));
        let group = message.group.clone().unwrap_or_default();
        if let Some(first) = deduplication_id.as_deref().and_then(|id| topic.duplicate(now, &group, id)) {
            return Ok(first);
        }
        let published = Published {
            message_id: self.ids.uuid(),
            sequence_number: topic.fifo.then(|| topic.next_sequence_number()),
        };
        if let Some(id) = &deduplication_id {
            topic.remember(now, &group, id, published.clone());
        }
        self.fan_out(now, arn, &Outgoing { deduplication_id, ..message }, &text, &published);
        Ok(published)
    }

    /// `PublishBatch`: a malformed batch is refused whole, a message that does not fit the topic alone.
    ///
    /// Source: <https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html>
    pub(super) fn publish_batch(&mut self, now: Timestamp, request: PublishBatch) -> Result<Response, ApiError> {
        let topic = self.topics.get(checked("TopicArn", &request.topic_arn)?).ok_or_else(no_topic)?;
        check_batch(topic, &request.entries)?;
        let (mut successful, mut failed) = (Vec::new(), Vec::new());
        for (id, message) in request.entries {
            match self.publish(now, &request.topic_arn, message) {
                Ok(published) => successful.push((id, published)),
                Err(error) => failed.push(FailedEntry {
                    id,
                    code: error.query_code.as_ref().unwrap_or(&error.code).to_string(),
                    message: error.message,
                    sender_fault: error.fault == Fault::Sender,
                }),
            }
        }
        Ok(Response::PublishBatch { successful, failed })
    }

    fn fan_out(&mut self, now: Timestamp, topic: &Arn, message: &Outgoing, text: &Text, published: &Published) {
        let mut subject = subject_of(text.of(Protocol::Sqs));
        if subject.is_none() {
            subject = subject_of(text.of(Protocol::Lambda));
        }
        let note = |what: What| Note {
            at: now,
            place: topic.name().to_owned(),
            subject: subject.clone(),
            id: published.message_id.clone(),
            what,
        };
        self.notes.push(note(What::Published));
        let mut jobs = Vec::new();
        let mut subscribers = 0;
        for subscription in self.subscriptions.values().filter(|it| it.topic == *topic) {
            subscribers += 1;
            let body = text.of(subscription.protocol);
            if !subscription.wants(body, &message.attributes) {
                self.notes.push(note(What::Filtered { by: subscription.endpoint.name().to_owned() }));
            } else if subscription.raw && message.attributes.len() > RAW_ATTRIBUTES_MAX {
                self.notes.push(note(What::Lost { reason: too_many_attributes(subscription, message) }));
            } else {
                let notification = Notification {
                    site: &self.site,
                    id: &published.message_id,
                    sequence_number: published.sequence_number.as_deref(),
                    topic,
                    subscription: &subscription.arn,
                    subject: message.subject.as_deref(),
                    body,
                    at: now,
                    attributes: &message.attributes,
                };
                jobs.push(job(subscription, &notification, message, subject.clone()));
            }
        }
        if subscribers == 0 {
            self.notes.push(note(What::Lost { reason: format!("the topic {} has no subscription", topic.name()) }));
        }
        for job in jobs {
            self.dispatch(job);
        }
    }
}

fn too_many_attributes(subscription: &Subscription, message: &Outgoing) -> String {
    format!(
        "the message has {} attributes and raw delivery to {} takes {RAW_ATTRIBUTES_MAX}: turn RawMessageDelivery off or \
         send fewer attributes",
        message.attributes.len(),
        subscription.endpoint.name()
    )
}

fn job(
    subscription: &Subscription,
    notification: &Notification<'_>,
    message: &Outgoing,
    subject: Option<String>,
) -> Job {
    let is_fifo_topic = notification.sequence_number.is_some();
    let for_queue = |queue: &Arn| {
        let handover = if subscription.raw { notification.raw() } else { notification.envelope() };
        match (is_fifo_topic, queue.resource().ends_with(".fifo")) {
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
    };
    let dead_letter = subscription.dead_letter.as_ref().unwrap_or(&subscription.endpoint);
    Job {
        subscription: subscription.arn.clone(),
        topic: subscription.topic.clone(),
        endpoint: subscription.endpoint.clone(),
        message: match subscription.protocol {
            Protocol::Sqs => for_queue(&subscription.endpoint),
            Protocol::Lambda => notification.lambda_event(),
        },
        // Recorded by LocalStack's AWS-validated test `test_redrive_policy_lambda_subscription`.
        for_dead_letter: for_queue(dead_letter),
        message_id: notification.id.to_owned(),
        subject,
        group: message.group.clone().filter(|_| is_fifo_topic),
        failures: 0,
        given_up: None,
    }
}

/// What every topic refuses.
///
/// Error texts recorded by LocalStack's AWS-validated tests `test_publish_with_empty_subject`, `test_empty_sns_message`.
fn check(message: &Outgoing) -> Result<(), ApiError> {
    if message.subject.as_deref().is_some_and(|subject| !is_subject(subject)) {
        return Err(invalid("Subject"));
    }
    if message.message.is_empty() {
        return Err(invalid("Empty message"));
    }
    attributes::check(&message.attributes)
}

/// "Subjects must be ASCII text that begins with a letter, number, or punctuation mark; must not include line breaks
/// or control characters; and must be less than 100 characters long." AWS takes 100 of them.
fn is_subject(subject: &str) -> bool {
    (1..=100).contains(&subject.len())
        && subject.bytes().all(|byte| (b' '..=b'~').contains(&byte))
        && !subject.starts_with(' ')
}

/// What this topic refuses; answers the text of the message.
///
/// Error texts recorded by LocalStack's AWS-validated tests `test_validations_for_fifo`, `test_message_structure_json_exc`.
fn check_for(topic: &Topic, message: &Outgoing) -> Result<Text, ApiError> {
    if topic.fifo {
        if message.group.is_none() {
            return Err(invalid("The MessageGroupId parameter is required for FIFO topics"));
        }
        if message.deduplication_id.is_none() && !topic.is_content_based() {
            return Err(invalid(
                "The topic should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided \
                 explicitly",
            ));
        }
    } else if message.deduplication_id.is_some() {
        return Err(invalid(
            "MessageDeduplicationId Reason: The request includes MessageDeduplicationId parameter that is not valid for \
             this topic type",
        ));
    }
    let tokens = [("MessageGroupId", &message.group), ("MessageDeduplicationId", &message.deduplication_id)];
    for (name, token) in tokens {
        if token.as_deref().is_some_and(|token| !is_token(token)) {
            return Err(invalid(name));
        }
    }
    structured(message)
}

/// 1 to 128 alphanumeric characters and punctuation.
fn is_token(text: &str) -> bool {
    (1..=TOKEN_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn structured(message: &Outgoing) -> Result<Text, ApiError> {
    match message.structure.as_deref() {
        None | Some("") => Ok(Text::Same(message.message.clone())),
        Some("json") => {
            let Ok(Value::Object(texts)) = serde_json::from_str(&message.message) else {
                return Err(invalid("Message Structure - JSON message body failed to parse"));
            };
            if !texts.get("default").is_some_and(Value::is_string) {
                return Err(invalid("Message Structure - No default entry in JSON message body"));
            }
            Ok(Text::ByProtocol(texts))
        }
        Some(_) => Err(invalid("MessageStructure")),
    }
}

/// What is wrong with a batch as a whole.
///
/// Error texts recorded by LocalStack's AWS-validated tests `test_publish_batch_exceptions` and its neighbours.
fn check_batch(topic: &Topic, entries: &[(String, Outgoing)]) -> Result<(), ApiError> {
    let refuse = |shape: &'static str, code: &'static str, message: &str| {
        Err(ApiError::sender(shape, message).with_query_code(code))
    };
    if entries.is_empty() {
        return refuse(
            "EmptyBatchRequestException",
            "EmptyBatchRequest",
            "The batch request doesn't contain any entries.",
        );
    }
    if entries.len() > BATCH_MAX {
        return refuse(
            "TooManyEntriesInBatchRequestException",
            "TooManyEntriesInBatchRequest",
            "The batch request contains more entries than permissible.",
        );
    }
    if entries.iter().map(|(id, _)| id).collect::<BTreeSet<_>>().len() < entries.len() {
        return refuse(
            "BatchEntryIdsNotDistinctException",
            "BatchEntryIdsNotDistinct",
            "Two or more batch entries in the request have the same Id.",
        );
    }
    for (id, message) in entries {
        check_entry_id(id)?;
        attributes::check(&message.attributes)?;
        if topic.fifo && message.group.is_none() {
            return Err(invalid("The MessageGroupId parameter is required for FIFO topics"));
        }
    }
    let bytes: usize = entries.iter().map(|(_, it)| attributes::size(&it.message, &it.attributes)).sum();
    if bytes > topic.message_bytes_max {
        return refuse(
            "BatchRequestTooLongException",
            "BatchRequestTooLong",
            "The length of all the messages put together is more than the limit.",
        );
    }
    Ok(())
}

fn check_entry_id(id: &str) -> Result<(), ApiError> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let message = if id.len() > 80 {
        format!("The Id of a batch entry in the batch request is too long: {id}")
    } else if id.is_empty() || !id.bytes().all(is_plain) {
        format!("The Id of a batch entry in the batch request contains an impermissible character: {id}")
    } else {
        return Ok(());
    };
    Err(ApiError::sender("InvalidBatchEntryIdException", message).with_query_code("InvalidBatchEntryId"))
}

/// The deduplication id that a topic with content-based deduplication derives: SHA-256 of the message, in hex.
///
/// Source: <https://docs.aws.amazon.com/sns/latest/dg/fifo-message-dedup.html>
fn content_hash(message: &str) -> String {
    let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
    Sha256::digest(message).iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
