//! The wire of SNS: the query protocol.
//!
//! Source: <https://docs.aws.amazon.com/sns/latest/api/API_Operations.html>

use std::collections::BTreeMap;

use aqueduct_services::sns::{
    AddPermission, ConfirmSubscription, CreateTopic, ListSubscriptionsByTopic, Outgoing, Page, Publish, PublishBatch,
    PublishDirect, RemovePermission, Request, ResourceArn, SetSubscriptionAttributes, SetTopicAttributes, Subscribe,
    SubscriptionArn, TagResource, TopicArn, Unsubscribe, UntagResource,
};
use aqueduct_services::{ApiError, Arn, MessageAttributeValue};
use bytes::Bytes;
use http::request::Parts;

use crate::codec::Codec;
use crate::query::Form;

mod answer;
#[cfg(test)]
mod tests;

pub(crate) use answer::encode;

/// Reads a request.
pub(crate) fn decode(codec: &Codec, parts: &Parts, body: &Bytes) -> Result<Request, ApiError> {
    let form = Form::of(parts, body);
    let topic_arn = || arn(&form, "TopicArn");
    let subscription_arn = || arn(&form, "SubscriptionArn");
    let resource_arn = || arn(&form, "ResourceArn");
    let next_token = || form.text("NextToken").map(str::to_owned);
    let signed = is_signed(parts);
    Ok(match codec.action.as_str() {
        "AddPermission" => Request::AddPermission(AddPermission {
            topic_arn: topic_arn(),
            label: text(&form, "Label"),
            accounts: form.texts("AWSAccountId"),
            actions: form.texts("ActionName"),
        }),
        "ConfirmSubscription" => Request::ConfirmSubscription(ConfirmSubscription {
            topic_arn: topic_arn(),
            token: text(&form, "Token"),
            authenticate_on_unsubscribe: is_true(&form, "AuthenticateOnUnsubscribe"),
            signed,
        }),
        "CreateTopic" => Request::CreateTopic(CreateTopic {
            name: text(&form, "Name"),
            attributes: attributes(&form),
            tags: tags(&form),
        }),
        "DeleteTopic" => Request::DeleteTopic(TopicArn { topic_arn: topic_arn() }),
        "ListTopics" => Request::ListTopics(Page { next_token: next_token() }),
        "GetTopicAttributes" => Request::GetTopicAttributes(TopicArn { topic_arn: topic_arn() }),
        "RemovePermission" => {
            Request::RemovePermission(RemovePermission { topic_arn: topic_arn(), label: text(&form, "Label") })
        }
        "SetTopicAttributes" => Request::SetTopicAttributes(SetTopicAttributes {
            topic_arn: topic_arn(),
            name: text(&form, "AttributeName"),
            value: text(&form, "AttributeValue"),
        }),
        "Unsubscribe" => Request::Unsubscribe(Unsubscribe { subscription_arn: subscription_arn(), signed }),
        "ListSubscriptions" => Request::ListSubscriptions(Page { next_token: next_token() }),
        "ListSubscriptionsByTopic" => Request::ListSubscriptionsByTopic(ListSubscriptionsByTopic {
            topic_arn: topic_arn(),
            next_token: next_token(),
        }),
        "GetSubscriptionAttributes" => {
            Request::GetSubscriptionAttributes(SubscriptionArn { subscription_arn: subscription_arn() })
        }
        "Publish" => publish(&form),
        "PublishBatch" => {
            let entry = |form: Form| (text(&form, "Id"), outgoing(&form));
            let entries = form.list("PublishBatchRequestEntries").into_iter().map(entry).collect();
            Request::PublishBatch(PublishBatch { topic_arn: topic_arn(), entries })
        }
        "SetSubscriptionAttributes" => Request::SetSubscriptionAttributes(SetSubscriptionAttributes {
            subscription_arn: subscription_arn(),
            name: text(&form, "AttributeName"),
            value: text(&form, "AttributeValue"),
        }),
        "Subscribe" => subscribe(&form),
        "TagResource" => Request::TagResource(TagResource { resource_arn: resource_arn(), tags: tags(&form) }),
        "UntagResource" => {
            Request::UntagResource(UntagResource { resource_arn: resource_arn(), keys: form.texts("TagKeys") })
        }
        "ListTagsForResource" => Request::ListTagsForResource(ResourceArn { resource_arn: resource_arn() }),
        _ => return Err(codec.unknown()),
    })
}

fn subscribe(form: &Form) -> Request {
    Request::Subscribe(Subscribe {
        topic_arn: arn(form, "TopicArn"),
        protocol: text(form, "Protocol"),
        endpoint: text(form, "Endpoint"),
        attributes: attributes(form),
        return_subscription_arn: is_true(form, "ReturnSubscriptionArn"),
    })
}

fn publish(form: &Form) -> Request {
    let target = form.text("TargetArn").filter(|_| form.text("TopicArn").is_none());
    let is_topic = target.is_none_or(|target| !Arn::new(target).resource().starts_with("endpoint/"));
    let name = if target.is_some() { "TargetArn" } else { "TopicArn" };
    if is_topic && form.text(name).is_some() {
        return Request::Publish(Publish { topic_arn: arn(form, name), message: outgoing(form) });
    }
    Request::PublishDirect(PublishDirect {
        target_arn: target.map(Arn::new),
        phone_number: form.text("PhoneNumber").map(str::to_owned),
    })
}

/// Whether a request counts as signed: it has a signature in its headers or its query, or it is no mere link that
/// somebody follows. Signatures are not verified here, and clients that make none still speak for the account.
fn is_signed(parts: &Parts) -> bool {
    let presigned = |query: &str| query.split('&').any(|pair| pair.starts_with("X-Amz-Signature="));
    parts.method != http::Method::GET
        || parts.headers.contains_key(http::header::AUTHORIZATION)
        || parts.uri.query().is_some_and(presigned)
}

fn is_true(form: &Form, name: &str) -> bool {
    form.text(name).is_some_and(|text| text.eq_ignore_ascii_case("true"))
}

fn outgoing(form: &Form) -> Outgoing {
    let optional = |name: &str| form.text(name).map(str::to_owned);
    Outgoing {
        message: text(form, "Message"),
        subject: optional("Subject"),
        structure: optional("MessageStructure"),
        attributes: message_attributes(form),
        group: optional("MessageGroupId"),
        deduplication_id: optional("MessageDeduplicationId"),
        trace_header: None,
    }
}

fn message_attributes(form: &Form) -> BTreeMap<String, MessageAttributeValue> {
    let attribute = |entry: Form| {
        let value = MessageAttributeValue {
            data_type: text(&entry, "Value.DataType"),
            string_value: entry.text("Value.StringValue").map(str::to_owned),
            binary_value: entry.text("Value.BinaryValue").map(str::to_owned),
        };
        (text(&entry, "Name"), value)
    };
    form.list("MessageAttributes").into_iter().map(attribute).collect()
}

/// The services refuse an empty value in the words that AWS has for a missing one.
fn text(form: &Form, name: &str) -> String {
    form.text(name).unwrap_or_default().to_owned()
}

fn arn(form: &Form, name: &str) -> Arn {
    Arn::new(text(form, name))
}

fn attributes(form: &Form) -> BTreeMap<String, String> {
    form.map("Attributes", "key", "value")
}

fn tags(form: &Form) -> Vec<(String, String)> {
    form.list("Tags").into_iter().map(|tag| (text(&tag, "Key"), text(&tag, "Value"))).collect()
}
