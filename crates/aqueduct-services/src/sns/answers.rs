//! What the calls of the SNS API answer.
//!
//! Source: <https://docs.aws.amazon.com/sns/latest/api/API_Operations.html>

use std::collections::BTreeMap;

use aqueduct_topology::Arn;

/// The answer to a [`Request`](super::Request).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Response {
    /// `AddPermission`.
    AddPermission,
    /// `ConfirmSubscription`: the subscription.
    ConfirmSubscription(Arn),
    /// `CreateTopic`.
    CreateTopic(Arn),
    /// `DeleteTopic`.
    DeleteTopic,
    /// `ListTopics`.
    ListTopics {
        /// The topics of this page.
        topics: Vec<Arn>,
        /// Where the next page starts.
        next_token: Option<String>,
    },
    /// `GetTopicAttributes`.
    GetTopicAttributes(BTreeMap<String, String>),
    /// `SetTopicAttributes`.
    SetTopicAttributes,
    /// `Subscribe`: the subscription's ARN, or `pending confirmation`.
    Subscribe(String),
    /// `Unsubscribe`.
    Unsubscribe,
    /// `ListSubscriptions`.
    ListSubscriptions {
        /// The subscriptions of this page.
        subscriptions: Vec<Listed>,
        /// Where the next page starts.
        next_token: Option<String>,
    },
    /// `ListSubscriptionsByTopic`.
    ListSubscriptionsByTopic {
        /// The subscriptions of this page.
        subscriptions: Vec<Listed>,
        /// Where the next page starts.
        next_token: Option<String>,
    },
    /// `GetSubscriptionAttributes`.
    GetSubscriptionAttributes(BTreeMap<String, String>),
    /// `SetSubscriptionAttributes`.
    SetSubscriptionAttributes,
    /// `Publish`.
    Publish(Published),
    /// `PublishBatch`.
    PublishBatch {
        /// `Successful`: the `Id` of an entry and what became of it.
        successful: Vec<(String, Published)>,
        /// `Failed`.
        failed: Vec<FailedEntry>,
    },
    /// `RemovePermission`.
    RemovePermission,
    /// `TagResource`.
    TagResource,
    /// `UntagResource`.
    UntagResource,
    /// `ListTagsForResource`.
    ListTagsForResource(Vec<(String, String)>),
}

/// A subscription in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// `SubscriptionArn`, or `PendingConfirmation`.
    pub arn: String,
    /// `Owner`: the account.
    pub owner: String,
    /// `Protocol`.
    pub protocol: String,
    /// `Endpoint`.
    pub endpoint: String,
    /// `TopicArn`.
    pub topic: Arn,
}

/// A message that a topic accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// `MessageId`.
    pub message_id: String,
    /// `SequenceNumber`, of FIFO topics only.
    pub sequence_number: Option<String>,
}

/// An entry of a batch that a topic refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedEntry {
    /// `Id`.
    pub id: String,
    /// `Code`.
    pub code: String,
    /// `Message`.
    pub message: String,
    /// `SenderFault`.
    pub sender_fault: bool,
}
