//! The answers of SNS in XML.

use std::collections::BTreeMap;

use aqueduct_services::sns::{Listed, Published, Response};
use bytes::Bytes;
use http::StatusCode;

use crate::codec::Codec;
use crate::xml::{self, Xml};

/// Writes an answer.
pub(crate) fn encode(codec: &Codec, response: &Response, request_id: &str) -> http::Response<Bytes> {
    let has_result = !matches!(
        response,
        Response::AddPermission
            | Response::DeleteTopic
            | Response::RemovePermission
            | Response::SetTopicAttributes
            | Response::Unsubscribe
            | Response::SetSubscriptionAttributes
    );
    let write = has_result.then_some(|xml: &mut Xml| result(xml, response));
    let body = xml::response(codec.namespace(), &codec.action, request_id, write);
    codec.answer(StatusCode::OK, request_id, body.into())
}

/// Writes what stands in an action's result.
fn result(xml: &mut Xml, response: &Response) {
    match response {
        Response::CreateTopic(arn) => xml.text("TopicArn", arn.as_str()),
        Response::ListTopics { topics, next_token } => {
            members(xml, "Topics", topics, |xml, arn| xml.text("TopicArn", arn.as_str()));
            xml.optional("NextToken", next_token.as_deref());
        }
        Response::GetTopicAttributes(all) | Response::GetSubscriptionAttributes(all) => entries(xml, all),
        Response::ConfirmSubscription(arn) => xml.text("SubscriptionArn", arn.as_str()),
        Response::Subscribe(arn) => xml.text("SubscriptionArn", arn),
        Response::ListSubscriptions { subscriptions, next_token }
        | Response::ListSubscriptionsByTopic { subscriptions, next_token } => {
            listed(xml, subscriptions, next_token.as_deref());
        }
        Response::Publish(message) => published(xml, message),
        Response::PublishBatch { successful, failed } => {
            members(xml, "Successful", successful, |xml, (id, message)| {
                xml.text("Id", id);
                published(xml, message);
            });
            members(xml, "Failed", failed, |xml, entry| {
                xml.text("Id", &entry.id);
                xml.text("Code", &entry.code);
                xml.text("Message", &entry.message);
                xml.text("SenderFault", if entry.sender_fault { "true" } else { "false" });
            });
        }
        Response::ListTagsForResource(tags) => members(xml, "Tags", tags, |xml, (key, value)| {
            xml.text("Key", key);
            xml.text("Value", value);
        }),
        // An empty result, as of TagResource.
        _ => {}
    }
}

fn members<T>(xml: &mut Xml, name: &str, items: &[T], write: impl Fn(&mut Xml, &T)) {
    xml.element(name, |xml| {
        for item in items {
            xml.element("member", |xml| write(xml, item));
        }
    });
}

fn entries(xml: &mut Xml, map: &BTreeMap<String, String>) {
    xml.element("Attributes", |xml| {
        for (key, value) in map {
            xml.element("entry", |xml| {
                xml.text("key", key);
                xml.text("value", value);
            });
        }
    });
}

fn listed(xml: &mut Xml, subscriptions: &[Listed], next_token: Option<&str>) {
    members(xml, "Subscriptions", subscriptions, |xml, it| {
        xml.text("SubscriptionArn", &it.arn);
        xml.text("Owner", &it.owner);
        xml.text("Protocol", &it.protocol);
        xml.text("Endpoint", &it.endpoint);
        xml.text("TopicArn", it.topic.as_str());
    });
    xml.optional("NextToken", next_token);
}

fn published(xml: &mut Xml, message: &Published) {
    xml.text("MessageId", &message.message_id);
    xml.optional("SequenceNumber", message.sequence_number.as_deref());
}
