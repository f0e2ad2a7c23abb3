//! `PublishBatch`: a malformed batch is refused whole, a message that its topic does not take alone.
//!
//! Source: <https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html>, and recorded by LocalStack's AWS-validated
//! tests `test_publish_batch_exceptions`, `test_publish_batch_too_long_message` and
//! `test_empty_or_wrong_message_attributes`, whose refusals all concern the whole batch.

use std::collections::BTreeSet;

use super::answers::{FailedEntry, Response};
use super::api::{Outgoing, PublishBatch};
use super::publish::{check_group, structured};
use super::refusals::no_topic;
use super::topic::Topic;
use super::{Sns, attributes};
use crate::{ApiError, Fault, Timestamp};

/// The most entries of a batch.
const BATCH_MAX: usize = 10;

/// The longest id of an entry, in characters.
const ID_MAX: usize = 80;

impl Sns {
    pub(super) fn publish_batch(&mut self, now: Timestamp, request: PublishBatch) -> Result<Response, ApiError> {
        let arn = self.of_this_region("TopicArn", &request.topic_arn)?;
        let topic = self.topics.get(arn).ok_or_else(no_topic)?;
        check(topic, &request.entries)?;
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
}

/// What is wrong with a batch as a whole.
fn check(topic: &Topic, entries: &[(String, Outgoing)]) -> Result<(), ApiError> {
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
    for (index, (id, message)) in entries.iter().enumerate() {
        check_entry_id(id)?;
        let path = format!("publishBatchRequestEntries.{}.member.messageAttributes", index + 1);
        attributes::check(&message.attributes, &path)?;
        check_group(topic, message)?;
        structured(message)?;
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
    let message = if id.len() > ID_MAX {
        format!("The Id of a batch entry in the batch request is too long: {id}")
    } else if id.is_empty() || !id.bytes().all(is_plain) {
        format!("The Id of a batch entry in the batch request contains an impermissible character: {id}")
    } else {
        return Ok(());
    };
    Err(ApiError::sender("InvalidBatchEntryIdException", message).with_query_code("InvalidBatchEntryId"))
}
