//! Publishing: what a topic accepts, and to whom it goes.
//!
//! Source: <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html>

use std::sync::Arc;

use aqueduct_topology::Arn;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::answers::Published;
use super::api::{Outgoing, PublishDirect};
use super::delivery::Job;
use super::message::{Message, Text, sequence_number};
use super::notification::RAW_ATTRIBUTES_MAX;
use super::refusals::{invalid, no_topic};
use super::topic::Topic;
use super::{Sns, attributes};
use crate::{ApiError, Note, Timestamp, What};

/// The longest group and deduplication id, in characters.
const TOKEN_MAX: usize = 128;

impl Sns {
    /// `Publish` to a topic.
    pub(super) fn publish(&mut self, now: Timestamp, topic: &Arn, message: Outgoing) -> Result<Published, ApiError> {
        let arn = self.of_this_region("TopicArn", topic)?.clone();
        check(&message, "messageAttributes")?;
        let topic = self.topics.get(&arn).ok_or_else(no_topic)?;
        if attributes::size(&message.message, &message.attributes) > topic.message_bytes_max {
            return Err(invalid("Message too long"));
        }
        let text = check_for(topic, &message)?;
        let (fifo, by_group) = (topic.fifo, topic.deduplicates_by_group());
        let (signature_version, archive) = (topic.signature_version(), topic.archive);
        let deduplication_id =
            fifo.then(|| message.deduplication_id.clone().unwrap_or_else(|| content_hash(&message.message)));
        let group = message.group.as_deref().filter(|_| by_group).unwrap_or_default();
        let key = deduplication_id.as_ref().map(|id| format!("{group}\n{id}"));
        if let Some(first) = key.as_ref().and_then(|key| self.recent.first(now, &arn, key)) {
            return Ok(first);
        }
        let sequence = fifo.then(|| self.next_sequence(&arn));
        let published = Published { message_id: self.ids.uuid(), sequence_number: sequence.map(sequence_number) };
        if let Some(key) = key {
            self.recent.remember(now, &arn, key, published.clone());
        }
        let message = Arc::new(Message {
            id: published.message_id.clone(),
            topic: arn,
            at: now,
            about: text.about(),
            text,
            subject: message.subject,
            attributes: message.attributes,
            group: message.group,
            deduplication_id,
            sequence,
            trace_header: message.trace_header,
            signature_version,
        });
        if let Some((_, retention)) = archive {
            self.archives.add(now, &message, retention);
        }
        self.fan_out(now, &message);
        Ok(published)
    }

    fn next_sequence(&mut self, topic: &Arn) -> u64 {
        let next = self.sequences.get(topic).copied().unwrap_or_default() + 1;
        self.sequences.insert(topic.clone(), next);
        next
    }

    fn fan_out(&mut self, now: Timestamp, message: &Arc<Message>) {
        let note = |what: What| Note {
            at: now,
            place: message.topic.name().to_owned(),
            subject: message.about.clone(),
            id: message.id.clone(),
            what,
        };
        self.notes.push(note(What::Published));
        let mut jobs = Vec::new();
        let mut subscribers = 0;
        for subscription in self.subscriptions_of(&message.topic).filter(|it| it.standing.confirmed) {
            subscribers += 1;
            let rests = subscription.replay.is_some_and(|window| window.is_over(now));
            if rests || !subscription.wants(message.text.of(subscription.protocol), &message.attributes) {
                jobs.push(Err(What::Filtered { by: subscription.place() }));
            } else {
                jobs.push(Ok(Job::notification(subscription, Arc::clone(message))));
            }
        }
        if subscribers == 0 {
            let reason = format!("the topic {} has no confirmed subscription", message.topic.name());
            self.notes.push(note(What::Lost { reason }));
        }
        for job in jobs {
            match job {
                Ok(job) => self.dispatch(now, job),
                Err(what) => self.notes.push(note(what)),
            }
        }
    }

    /// `Publish` to a phone number or a mobile endpoint; this cloud has neither.
    ///
    /// Recorded by LocalStack's AWS-validated tests `test_publish_non_existent_target`, `test_publish_wrong_phone_format`.
    pub(super) fn publish_direct(request: &PublishDirect) -> ApiError {
        if let Some(number) = &request.phone_number {
            let digits = number.strip_prefix('+').unwrap_or_default();
            let is_number = (1..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
            if !is_number {
                return invalid(format_args!("PhoneNumber Reason: {number} is not valid to publish to"));
            }
            return ApiError::not_modelled("SNS messages to phone numbers");
        }
        match &request.target_arn {
            Some(_) => invalid("TargetArn Reason: No endpoint found for the target arn specified"),
            None => invalid("TopicArn or TargetArn Reason: no value for required parameter"),
        }
    }
}

/// Why a subscriber cannot get a message raw. AWS discards such a message as a client error.
///
/// Source: <https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html>
pub(super) fn too_many_attributes(message: &Message) -> Option<String> {
    let count = message.attributes.len();
    (count > RAW_ATTRIBUTES_MAX).then(|| {
        format!(
            "the message has {count} attributes and raw delivery takes {RAW_ATTRIBUTES_MAX}: turn RawMessageDelivery off or \
             send fewer attributes"
        )
    })
}

/// What every topic refuses.
///
/// Error texts recorded by LocalStack's AWS-validated tests `test_publish_with_empty_subject`, `test_empty_sns_message`.
pub(super) fn check(message: &Outgoing, path: &str) -> Result<(), ApiError> {
    if message.subject.as_deref().is_some_and(|subject| !is_subject(subject)) {
        return Err(invalid("Subject"));
    }
    if message.message.is_empty() {
        return Err(invalid("Empty message"));
    }
    attributes::check(&message.attributes, path)
}

/// "Subjects must be UTF-8 text with no line breaks or control characters, and less than 100 characters long." AWS takes
/// 100 of them.
fn is_subject(subject: &str) -> bool {
    (1..=100).contains(&subject.chars().count()) && !subject.chars().any(char::is_control) && !subject.starts_with(' ')
}

/// What this topic refuses; answers the text of the message.
///
/// Error texts recorded by LocalStack's AWS-validated tests `test_validations_for_fifo`, `test_message_structure_json_exc`.
pub(super) fn check_for(topic: &Topic, message: &Outgoing) -> Result<Text, ApiError> {
    check_group(topic, message)?;
    let tokens = [("MessageGroupId", &message.group), ("MessageDeduplicationId", &message.deduplication_id)];
    for (name, token) in tokens {
        if token.as_deref().is_some_and(|token| !is_token(token)) {
            return Err(invalid(format_args!(
                "{name} Reason: {name} can only include alphanumeric and punctuation characters. 1 to 128 in length"
            )));
        }
    }
    structured(message)
}

/// Whether group and deduplication id go with the topic.
pub(super) fn check_group(topic: &Topic, message: &Outgoing) -> Result<(), ApiError> {
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
    Ok(())
}

/// 1 to 128 alphanumeric characters and punctuation.
fn is_token(text: &str) -> bool {
    (1..=TOKEN_MAX).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The text of a message, one or one for each protocol.
pub(super) fn structured(message: &Outgoing) -> Result<Text, ApiError> {
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

/// The deduplication id that a topic with content-based deduplication derives: SHA-256 of the message, in hex.
///
/// Source: <https://docs.aws.amazon.com/sns/latest/dg/fifo-message-dedup.html>
fn content_hash(message: &str) -> String {
    let digit = |value: u8| char::from(b"0123456789abcdef"[usize::from(value)]);
    Sha256::digest(message).iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
