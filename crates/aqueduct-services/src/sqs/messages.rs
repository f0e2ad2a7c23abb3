//! The actions on messages: send, delete, change visibility, one by one and in batches.

use std::sync::Arc;

use aqueduct_topology::Arn;
use serde_json::Value;

use super::api::{
    ChangeMessageVisibility, ChangeMessageVisibilityBatch, DeleteMessage, DeleteMessageBatch, DoneEntry, Response,
    SendMessage, SendMessageBatch, SentEntry,
};
use super::queue::Submission;
use super::refusal::{batch as batch_refusal, invalid, invalid_value, missing};
use super::settings::MESSAGE_BYTES_MAX;
use super::{Sqs, batch};
use crate::{ApiError, Handover, Principal, Refusal, Timestamp, policy};

/// The action that a queue's policy is asked for when a message is handed over.
const SEND_ACTION: &str = "sqs:SendMessage";

/// The principal of topics.
const TOPIC: &str = "sns.amazonaws.com";

impl Sqs {
    pub(super) fn send_message(&mut self, now: Timestamp, mut input: SendMessage) -> Result<Response, ApiError> {
        let url = std::mem::take(&mut input.queue_url);
        let sent = self.submit(now, self.name_in(&url)?, input.into())?;
        Ok(Response::Sent(sent))
    }

    fn submit(&mut self, now: Timestamp, name: &str, message: Submission) -> Result<super::Sent, ApiError> {
        let mut queue = self.queues.get_mut(name).ok_or_else(super::refusal::no_queue)?;
        queue.send(now, message, &mut self.ids, &mut self.notes)
    }

    pub(super) fn send_message_batch(&mut self, now: Timestamp, input: SendMessageBatch) -> Result<Response, ApiError> {
        let queue = self.at_url(&input.queue_url)?;
        let (name, fifo) = (Arc::clone(&queue.name), queue.settings.fifo);
        let needs_id = fifo && !queue.settings.content_based_deduplication;
        batch::check(input.entries.iter().map(|entry| entry.id.as_str()))?;
        let entries: Vec<(String, Submission)> =
            input.entries.into_iter().map(|entry| (entry.id.clone(), entry.into())).collect();
        let bytes: usize = entries.iter().map(|(_, message)| message.size()).sum();
        if bytes > MESSAGE_BYTES_MAX {
            // Recorded by LocalStack's AWS-validated test `test_send_message_batch_with_oversized_contents`.
            let message =
                format!("Batch requests cannot be longer than {MESSAGE_BYTES_MAX} bytes. You have sent {bytes} bytes.");
            return Err(batch_refusal("BatchRequestTooLong", "AWS.SimpleQueueService.BatchRequestTooLong", message));
        }
        // Recorded by LocalStack's AWS-validated tests `test_send_batch_missing_message_group_id_for_fifo_queue` and
        // `test_send_batch_missing_deduplication_id_for_fifo_queue`: the whole batch is refused.
        if fifo && entries.iter().any(|(_, message)| message.group.is_none()) {
            return Err(invalid_value("The request must contain the parameter MessageGroupId."));
        }
        if needs_id && entries.iter().any(|(_, message)| message.deduplication_id.is_none()) {
            return Err(invalid_value(
                "The queue should either have ContentBasedDeduplication enabled or MessageDeduplicationId provided \
                 explicitly",
            ));
        }
        Ok(Response::SentBatch(batch::each(entries, |id, message| {
            let sent = self.submit(now, &name, message)?;
            Ok(SentEntry { id: id.to_owned(), sent })
        })))
    }

    pub(super) fn delete_message(&mut self, now: Timestamp, input: &DeleteMessage) -> Result<Response, ApiError> {
        self.delete_from(now, self.name_in(&input.queue_url)?, &input.receipt_handle)?;
        Ok(Response::Done)
    }

    fn delete_from(&mut self, now: Timestamp, name: &str, handle: &str) -> Result<(), ApiError> {
        if handle.is_empty() {
            return Err(missing("ReceiptHandle"));
        }
        let mut queue = self.queues.get_mut(name).ok_or_else(super::refusal::no_queue)?;
        queue.delete(now, handle, &mut self.notes)
    }

    pub(super) fn delete_message_batch(
        &mut self,
        now: Timestamp,
        input: DeleteMessageBatch,
    ) -> Result<Response, ApiError> {
        let name = Arc::clone(&self.at_url(&input.queue_url)?.name);
        batch::check(input.entries.iter().map(|entry| entry.id.as_str()))?;
        let entries = input.entries.into_iter().map(|entry| (entry.id, entry.receipt_handle)).collect();
        Ok(Response::Batch(batch::each(entries, |id, handle: String| {
            self.delete_from(now, &name, &handle)?;
            Ok(DoneEntry { id: id.to_owned() })
        })))
    }

    pub(super) fn change_message_visibility(
        &mut self,
        now: Timestamp,
        input: &ChangeMessageVisibility,
    ) -> Result<Response, ApiError> {
        self.change_in(now, self.name_in(&input.queue_url)?, &input.receipt_handle, input.visibility_timeout)?;
        Ok(Response::Done)
    }

    fn change_in(&mut self, now: Timestamp, name: &str, handle: &str, seconds: Option<i64>) -> Result<(), ApiError> {
        if handle.is_empty() {
            return Err(missing("ReceiptHandle"));
        }
        let seconds = seconds.ok_or_else(|| missing("VisibilityTimeout"))?;
        let seconds = u64::try_from(seconds)
            .map_err(|_| invalid(&seconds.to_string(), "VisibilityTimeout", "Must be between 0 and 43200."))?;
        let mut queue = self.queues.get_mut(name).ok_or_else(super::refusal::no_queue)?;
        queue.change_visibility(now, handle, seconds)
    }

    pub(super) fn change_message_visibility_batch(
        &mut self,
        now: Timestamp,
        input: ChangeMessageVisibilityBatch,
    ) -> Result<Response, ApiError> {
        let name = Arc::clone(&self.at_url(&input.queue_url)?.name);
        batch::check(input.entries.iter().map(|entry| entry.id.as_str()))?;
        let entries = input
            .entries
            .into_iter()
            .map(|entry| (entry.id, (entry.receipt_handle, entry.visibility_timeout)))
            .collect();
        Ok(Response::Batch(batch::each(entries, |id, (handle, seconds): (String, Option<i64>)| {
            self.change_in(now, &name, &handle, seconds)?;
            Ok(DoneEntry { id: id.to_owned() })
        })))
    }

    /// Takes a message from another service into a queue.
    pub(super) fn accept_handover(
        &mut self,
        now: Timestamp,
        queue: &Arn,
        message: Handover,
        from: &Principal,
    ) -> Result<String, Refusal> {
        let Some(found) = self.by_arn(queue) else {
            return Err(Refusal::NoResource(format!("the queue {queue} does not exist")));
        };
        if !policy::acts_through_role(from.service) {
            let document = found.settings.policy.as_ref().map_or(&Value::Null, |policy| &policy.value);
            policy::allows(document, SEND_ACTION, queue, from).map_err(Refusal::NoPermission)?;
        }
        let submission = Submission { is_from_topic: from.service == TOPIC, ..message.into() };
        let sent = self.submit(now, queue.name(), submission);
        sent.map(|sent| sent.message_id).map_err(|error| Refusal::Invalid(format!("{queue} refuses it: {error}")))
    }
}
