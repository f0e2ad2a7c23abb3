//! The shapes of the SQS API, named and spelt as in the service's model, so that AWS JSON decodes straight into them.
//!
//! Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_Operations.html>

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Received;
use super::move_task::{CancelledMoveTask, MoveTasks, StartedMoveTask};
use crate::MessageAttributeValue;

/// A call of the SQS API.
#[derive(Clone, Debug)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each variant is the action of its name")]
pub enum Request {
    CreateQueue(CreateQueue),
    DeleteQueue(DeleteQueue),
    ListQueues(ListQueues),
    GetQueueUrl(GetQueueUrl),
    GetQueueAttributes(GetQueueAttributes),
    SetQueueAttributes(SetQueueAttributes),
    SendMessage(SendMessage),
    SendMessageBatch(SendMessageBatch),
    ReceiveMessage(ReceiveMessage),
    DeleteMessage(DeleteMessage),
    DeleteMessageBatch(DeleteMessageBatch),
    ChangeMessageVisibility(ChangeMessageVisibility),
    ChangeMessageVisibilityBatch(ChangeMessageVisibilityBatch),
    PurgeQueue(PurgeQueue),
    ListDeadLetterSourceQueues(ListDeadLetterSourceQueues),
    StartMessageMoveTask(StartMessageMoveTask),
    CancelMessageMoveTask(CancelMessageMoveTask),
    ListMessageMoveTasks(ListMessageMoveTasks),
    TagQueue(TagQueue),
    UntagQueue(UntagQueue),
    ListQueueTags(ListQueueTags),
}

/// The answer to a [`Request`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Response {
    /// To an action that answers nothing.
    Done,
    /// To `CreateQueue` and `GetQueueUrl`.
    QueueUrl(QueueUrl),
    /// To `ListQueues`.
    Queues(Queues),
    /// To `ListDeadLetterSourceQueues`.
    DeadLetterSources(DeadLetterSources),
    /// To `GetQueueAttributes`.
    Attributes(Attributes),
    /// To `SendMessage`.
    Sent(Sent),
    /// To `SendMessageBatch`.
    SentBatch(BatchResult<SentEntry>),
    /// To `ReceiveMessage`.
    Messages(Messages),
    /// To `DeleteMessageBatch` and `ChangeMessageVisibilityBatch`.
    Batch(BatchResult<DoneEntry>),
    /// To `StartMessageMoveTask`.
    MoveStarted(StartedMoveTask),
    /// To `CancelMessageMoveTask`.
    MoveCancelled(CancelledMoveTask),
    /// To `ListMessageMoveTasks`.
    MoveTasks(MoveTasks),
    /// To `ListQueueTags`.
    Tags(Tags),
}

/// Declares input shapes: every member may be missing on the wire, and the queue says what it misses.
macro_rules! inputs {
    ($($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
        #[serde(rename_all = "PascalCase", default)]
        pub struct $name { $($(#[$field_doc])* pub $field: $type,)* }
    )*};
}

inputs! {
    /// Input of `CreateQueue`.
    CreateQueue {
        /// 1–80 letters, digits, `-` and `_`; a FIFO queue's ends in `.fifo`.
        queue_name: String,
        /// Queue attributes by name.
        attributes: BTreeMap<String, String>,
        /// Cost allocation tags; the one member whose name starts with a small letter.
        #[serde(rename = "tags")]
        tags: BTreeMap<String, String>,
    }
    /// Input of `DeleteQueue`.
    DeleteQueue {
        /// The queue.
        queue_url: String,
    }
    /// Input of `ListQueues`.
    ListQueues {
        /// What the names start with.
        queue_name_prefix: Option<String>,
        /// Where the last answer ended.
        next_token: Option<String>,
        /// 1–1000; without it there is no `NextToken` in the answer.
        max_results: Option<i64>,
    }
    /// Input of `GetQueueUrl`.
    GetQueueUrl {
        /// The queue's name.
        queue_name: String,
        /// The account that owns it, when it is another.
        #[serde(rename = "QueueOwnerAWSAccountId")]
        queue_owner_aws_account_id: Option<String>,
    }
    /// Input of `GetQueueAttributes`.
    GetQueueAttributes {
        /// The queue.
        queue_url: String,
        /// Names, or `All`.
        attribute_names: Vec<String>,
    }
    /// Input of `SetQueueAttributes`.
    SetQueueAttributes {
        /// The queue.
        queue_url: String,
        /// New values by name.
        attributes: BTreeMap<String, String>,
    }
    /// Input of `SendMessage`.
    SendMessage {
        /// The queue.
        queue_url: String,
        /// The body.
        message_body: String,
        /// Seconds until the message becomes visible, 0–900; the queue's without it.
        delay_seconds: Option<i64>,
        /// User attributes.
        message_attributes: BTreeMap<String, MessageAttributeValue>,
        /// `AWSTraceHeader`.
        message_system_attributes: BTreeMap<String, MessageAttributeValue>,
        /// Makes a send to a FIFO queue happen once in five minutes.
        message_deduplication_id: Option<String>,
        /// The group whose order counts on a FIFO queue, whose fairness counts on a standard queue.
        message_group_id: Option<String>,
    }
    /// Input of `SendMessageBatch`.
    SendMessageBatch {
        /// The queue.
        queue_url: String,
        /// Up to ten messages.
        entries: Vec<SendEntry>,
    }
    /// One message of a `SendMessageBatch`.
    SendEntry {
        /// Names the entry in the answer.
        id: String,
        /// As in [`SendMessage`].
        message_body: String,
        /// As in [`SendMessage`].
        delay_seconds: Option<i64>,
        /// As in [`SendMessage`].
        message_attributes: BTreeMap<String, MessageAttributeValue>,
        /// As in [`SendMessage`].
        message_system_attributes: BTreeMap<String, MessageAttributeValue>,
        /// As in [`SendMessage`].
        message_deduplication_id: Option<String>,
        /// As in [`SendMessage`].
        message_group_id: Option<String>,
    }
    /// Input of `ReceiveMessage`.
    ReceiveMessage {
        /// The queue.
        queue_url: String,
        /// System attributes to answer, or `All`; the older name of the next member.
        attribute_names: Vec<String>,
        /// System attributes to answer, or `All`.
        message_system_attribute_names: Vec<String>,
        /// User attributes to answer: names, `prefix.*`, or `All`.
        message_attribute_names: Vec<String>,
        /// 1–10, 1 without it.
        max_number_of_messages: Option<i64>,
        /// Seconds, 0–43,200; the queue's without it.
        visibility_timeout: Option<i64>,
        /// Seconds, 0–20; the queue's without it.
        wait_time_seconds: Option<i64>,
        /// Makes a receive from a FIFO queue repeatable.
        receive_request_attempt_id: Option<String>,
    }
    /// Input of `DeleteMessage`.
    DeleteMessage {
        /// The queue.
        queue_url: String,
        /// The handle of the latest receive.
        receipt_handle: String,
    }
    /// Input of `DeleteMessageBatch`.
    DeleteMessageBatch {
        /// The queue.
        queue_url: String,
        /// Up to ten messages.
        entries: Vec<DeleteEntry>,
    }
    /// One message of a `DeleteMessageBatch`.
    DeleteEntry {
        /// Names the entry in the answer.
        id: String,
        /// The handle of the latest receive.
        receipt_handle: String,
    }
    /// Input of `ChangeMessageVisibility`.
    ChangeMessageVisibility {
        /// The queue.
        queue_url: String,
        /// The handle of the latest receive.
        receipt_handle: String,
        /// Seconds from now, 0–43,200.
        visibility_timeout: Option<i64>,
    }
    /// Input of `ChangeMessageVisibilityBatch`.
    ChangeMessageVisibilityBatch {
        /// The queue.
        queue_url: String,
        /// Up to ten messages.
        entries: Vec<ChangeEntry>,
    }
    /// One message of a `ChangeMessageVisibilityBatch`.
    ChangeEntry {
        /// Names the entry in the answer.
        id: String,
        /// The handle of the latest receive.
        receipt_handle: String,
        /// Seconds from now, 0–43,200.
        visibility_timeout: Option<i64>,
    }
    /// Input of `PurgeQueue`.
    PurgeQueue {
        /// The queue.
        queue_url: String,
    }
    /// Input of `ListDeadLetterSourceQueues`.
    ListDeadLetterSourceQueues {
        /// The dead-letter queue.
        queue_url: String,
        /// Where the last answer ended.
        next_token: Option<String>,
        /// 1–1000; without it there is no `NextToken` in the answer.
        max_results: Option<i64>,
    }
    /// Input of `StartMessageMoveTask`.
    StartMessageMoveTask {
        /// The dead-letter queue.
        source_arn: String,
        /// Where the messages go; each to the queue that it came from without it.
        destination_arn: Option<String>,
        /// Messages in a second, 1–500.
        max_number_of_messages_per_second: Option<i64>,
    }
    /// Input of `CancelMessageMoveTask`.
    CancelMessageMoveTask {
        /// As `StartMessageMoveTask` answered it.
        task_handle: String,
    }
    /// Input of `ListMessageMoveTasks`.
    ListMessageMoveTasks {
        /// The dead-letter queue.
        source_arn: String,
        /// 1–10, 1 without it.
        max_results: Option<i64>,
    }
    /// Input of `TagQueue`.
    TagQueue {
        /// The queue.
        queue_url: String,
        /// Tags to set.
        tags: BTreeMap<String, String>,
    }
    /// Input of `UntagQueue`.
    UntagQueue {
        /// The queue.
        queue_url: String,
        /// Keys to remove.
        tag_keys: Vec<String>,
    }
    /// Input of `ListQueueTags`.
    ListQueueTags {
        /// The queue.
        queue_url: String,
    }
}

/// Where a queue is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct QueueUrl {
    /// Its URL.
    pub queue_url: String,
}

/// A page of queues.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Queues {
    /// URLs, by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub queue_urls: Vec<String>,
    /// Where the page ended, when there are more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A page of the queues that name a queue as theirs for dead letters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeadLetterSources {
    /// URLs, by name; the one member whose name starts with a small letter.
    #[serde(rename = "queueUrls")]
    pub queue_urls: Vec<String>,
    /// Where the page ended, when there are more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// A queue's attributes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Attributes {
    /// Values by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub attributes: BTreeMap<String, String>,
}

/// A message that a queue accepted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Sent {
    /// MD5 of the body, in hex.
    #[serde(rename = "MD5OfMessageBody")]
    pub md5_of_message_body: String,
    /// MD5 of the user attributes, in hex.
    #[serde(rename = "MD5OfMessageAttributes", skip_serializing_if = "Option::is_none")]
    pub md5_of_message_attributes: Option<String>,
    /// MD5 of the system attributes, in hex.
    #[serde(rename = "MD5OfMessageSystemAttributes", skip_serializing_if = "Option::is_none")]
    pub md5_of_message_system_attributes: Option<String>,
    /// The message's id.
    pub message_id: String,
    /// The message's place in a FIFO queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sequence_number: Option<String>,
}

/// An accepted entry of a `SendMessageBatch`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SentEntry {
    /// The entry's id.
    pub id: String,
    /// What was accepted.
    #[serde(flatten)]
    pub sent: Sent,
}

/// A finished entry of another batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct DoneEntry {
    /// The entry's id.
    pub id: String,
}

/// A refused entry of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FailedEntry {
    /// The entry's id.
    pub id: String,
    /// Whether it is the caller's fault.
    pub sender_fault: bool,
    /// The error's code.
    pub code: String,
    /// The error's message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// What became of a batch's entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BatchResult<T> {
    /// In the order of the request.
    pub successful: Vec<T>,
    /// In the order of the request.
    pub failed: Vec<FailedEntry>,
}

/// Received messages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Messages {
    /// None when the queue had none to give.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub messages: Vec<Received>,
}

/// A queue's tags.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tags {
    /// Values by key.
    pub tags: BTreeMap<String, String>,
}
