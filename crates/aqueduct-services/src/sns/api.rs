//! The calls of the SNS API and their answers.
//!
//! Source: <https://docs.aws.amazon.com/sns/latest/api/API_Operations.html>

use std::collections::BTreeMap;

use aqueduct_topology::Arn;

use crate::MessageAttributeValue;

/// A call of the API.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Request {
    /// `CreateTopic`.
    CreateTopic(CreateTopic),
    /// `DeleteTopic`.
    DeleteTopic(TopicArn),
    /// `ListTopics`.
    ListTopics(Page),
    /// `GetTopicAttributes`.
    GetTopicAttributes(TopicArn),
    /// `SetTopicAttributes`.
    SetTopicAttributes(SetTopicAttributes),
    /// `Subscribe`.
    Subscribe(Subscribe),
    /// `Unsubscribe`.
    Unsubscribe(SubscriptionArn),
    /// `ListSubscriptions`.
    ListSubscriptions(Page),
    /// `ListSubscriptionsByTopic`.
    ListSubscriptionsByTopic(ListSubscriptionsByTopic),
    /// `GetSubscriptionAttributes`.
    GetSubscriptionAttributes(SubscriptionArn),
    /// `SetSubscriptionAttributes`.
    SetSubscriptionAttributes(SetSubscriptionAttributes),
    /// `Publish`.
    Publish(Publish),
    /// `PublishBatch`.
    PublishBatch(PublishBatch),
    /// `TagResource`.
    TagResource(TagResource),
    /// `UntagResource`.
    UntagResource(UntagResource),
    /// `ListTagsForResource`.
    ListTagsForResource(ResourceArn),
}

/// Input of `CreateTopic`.
#[derive(Clone, Debug, Default)]
pub struct CreateTopic {
    /// `Name`, with `.fifo` at the end for a FIFO topic.
    pub name: String,
    /// `Attributes`, such as `FifoTopic` or `Policy`.
    pub attributes: BTreeMap<String, String>,
    /// `Tags`.
    pub tags: Vec<(String, String)>,
}

/// Input of the calls that name a topic and nothing else.
#[derive(Clone, Debug)]
pub struct TopicArn {
    /// `TopicArn`.
    pub topic_arn: Arn,
}

/// Input of the calls that name a subscription and nothing else.
#[derive(Clone, Debug)]
pub struct SubscriptionArn {
    /// `SubscriptionArn`.
    pub subscription_arn: Arn,
}

/// Input of the calls that name a tagged resource and nothing else.
#[derive(Clone, Debug)]
pub struct ResourceArn {
    /// `ResourceArn`.
    pub resource_arn: Arn,
}

/// Input of the calls that list everything, a page of 100 at a time.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// `NextToken` of the answer before.
    pub next_token: Option<String>,
}

/// Input of `SetTopicAttributes`.
#[derive(Clone, Debug)]
pub struct SetTopicAttributes {
    /// `TopicArn`.
    pub topic_arn: Arn,
    /// `AttributeName`, such as `Policy`.
    pub name: String,
    /// `AttributeValue`.
    pub value: String,
}

/// Input of `Subscribe`.
#[derive(Clone, Debug)]
pub struct Subscribe {
    /// `TopicArn`.
    pub topic_arn: Arn,
    /// `Protocol`: `sqs` or `lambda`.
    pub protocol: String,
    /// `Endpoint`: the queue's or function's ARN.
    pub endpoint: String,
    /// `Attributes`, such as `RawMessageDelivery`, `FilterPolicy` or `RedrivePolicy`.
    pub attributes: BTreeMap<String, String>,
}

/// Input of `ListSubscriptionsByTopic`.
#[derive(Clone, Debug)]
pub struct ListSubscriptionsByTopic {
    /// `TopicArn`.
    pub topic_arn: Arn,
    /// `NextToken` of the answer before.
    pub next_token: Option<String>,
}

/// Input of `SetSubscriptionAttributes`.
#[derive(Clone, Debug)]
pub struct SetSubscriptionAttributes {
    /// `SubscriptionArn`.
    pub subscription_arn: Arn,
    /// `AttributeName`.
    pub name: String,
    /// `AttributeValue`; empty removes a filter or redrive policy.
    pub value: String,
}

/// A message to publish.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outgoing {
    /// `Message`.
    pub message: String,
    /// `Subject`.
    pub subject: Option<String>,
    /// `MessageStructure`: `json`, or none.
    pub structure: Option<String>,
    /// `MessageAttributes`.
    pub attributes: BTreeMap<String, MessageAttributeValue>,
    /// `MessageGroupId`.
    pub group: Option<String>,
    /// `MessageDeduplicationId`.
    pub deduplication_id: Option<String>,
}

/// Input of `Publish`.
#[derive(Clone, Debug)]
pub struct Publish {
    /// `TopicArn` or `TargetArn`.
    pub topic_arn: Arn,
    /// The message.
    pub message: Outgoing,
}

/// Input of `PublishBatch`.
#[derive(Clone, Debug)]
pub struct PublishBatch {
    /// `TopicArn`.
    pub topic_arn: Arn,
    /// `PublishBatchRequestEntries`: the `Id` and the message of each.
    pub entries: Vec<(String, Outgoing)>,
}

/// Input of `TagResource`.
#[derive(Clone, Debug)]
pub struct TagResource {
    /// `ResourceArn`.
    pub resource_arn: Arn,
    /// `Tags`.
    pub tags: Vec<(String, String)>,
}

/// Input of `UntagResource`.
#[derive(Clone, Debug)]
pub struct UntagResource {
    /// `ResourceArn`.
    pub resource_arn: Arn,
    /// `TagKeys`.
    pub keys: Vec<String>,
}

/// The answer to a [`Request`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Response {
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
    /// `Subscribe`.
    Subscribe(Arn),
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
    /// `SubscriptionArn`.
    pub arn: Arn,
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
