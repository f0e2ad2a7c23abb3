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
    /// `AddPermission`.
    AddPermission(AddPermission),
    /// `ConfirmSubscription`.
    ConfirmSubscription(ConfirmSubscription),
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
    Unsubscribe(Unsubscribe),
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
    /// `Publish` without a topic.
    PublishDirect(PublishDirect),
    /// `PublishBatch`.
    PublishBatch(PublishBatch),
    /// `RemovePermission`.
    RemovePermission(RemovePermission),
    /// `TagResource`.
    TagResource(TagResource),
    /// `UntagResource`.
    UntagResource(UntagResource),
    /// `ListTagsForResource`.
    ListTagsForResource(ResourceArn),
}

/// Input of `AddPermission`.
#[derive(Clone, Debug)]
pub struct AddPermission {
    /// `TopicArn`.
    pub topic_arn: Arn,
    /// `Label`: the statement's `Sid`.
    pub label: String,
    /// `AWSAccountId`: accounts of twelve digits.
    pub accounts: Vec<String>,
    /// `ActionName`, such as `Publish`.
    pub actions: Vec<String>,
}

/// Input of `RemovePermission`.
#[derive(Clone, Debug)]
pub struct RemovePermission {
    /// `TopicArn`.
    pub topic_arn: Arn,
    /// `Label`: the statement's `Sid`.
    pub label: String,
}

/// Input of `ConfirmSubscription`.
#[derive(Clone, Debug)]
pub struct ConfirmSubscription {
    /// `TopicArn`.
    pub topic_arn: Arn,
    /// `Token`, of the message that the endpoint got.
    pub token: String,
    /// `AuthenticateOnUnsubscribe`: only a signed call may unsubscribe. It takes a signed call to ask for it.
    pub authenticate_on_unsubscribe: bool,
    /// Whether the call has a signature; a link that is visited has none.
    pub signed: bool,
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
    /// `Protocol`: `sqs`, `lambda`, `http` or `https`.
    pub protocol: String,
    /// `Endpoint`: the queue's or function's ARN, or a URL.
    pub endpoint: String,
    /// `Attributes`, such as `RawMessageDelivery`, `FilterPolicy` or `RedrivePolicy`.
    pub attributes: BTreeMap<String, String>,
    /// `ReturnSubscriptionArn`: answer the ARN also while the endpoint has not confirmed.
    pub return_subscription_arn: bool,
}

/// Input of `Unsubscribe`.
#[derive(Clone, Debug)]
pub struct Unsubscribe {
    /// `SubscriptionArn`.
    pub subscription_arn: Arn,
    /// Whether the call has a signature; a link that is visited has none.
    pub signed: bool,
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
    /// `X-Amzn-Trace-Id`, which queues and functions get too.
    pub trace_header: Option<String>,
}

/// Input of `Publish`.
#[derive(Clone, Debug)]
pub struct Publish {
    /// `TopicArn` or `TargetArn`.
    pub topic_arn: Arn,
    /// The message.
    pub message: Outgoing,
}

/// Input of `Publish` where it names no topic.
#[derive(Clone, Debug, Default)]
pub struct PublishDirect {
    /// `TargetArn`: an endpoint of a mobile application.
    pub target_arn: Option<Arn>,
    /// `PhoneNumber`.
    pub phone_number: Option<String>,
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
