//! The wire of SNS: the query protocol.
//!
//! Source: <https://docs.aws.amazon.com/sns/latest/api/API_Operations.html>

use std::collections::BTreeMap;

use aqueduct_services::sns::{
    CreateTopic, ListSubscriptionsByTopic, Listed, Outgoing, Page, Publish, PublishBatch, Published, Request,
    ResourceArn, Response, SetSubscriptionAttributes, SetTopicAttributes, Subscribe, SubscriptionArn, TagResource,
    TopicArn, UntagResource,
};
use aqueduct_services::{ApiError, Arn, MessageAttributeValue};
use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;

use crate::codec::Codec;
use crate::query::Form;
use crate::xml::{self, Xml};

/// Reads a request.
pub(crate) fn decode(codec: &Codec, parts: &Parts, body: &Bytes) -> Result<Request, ApiError> {
    let form = Form::of(parts, body);
    let topic_arn = || arn(&form, "TopicArn");
    let subscription_arn = || arn(&form, "SubscriptionArn");
    let resource_arn = || arn(&form, "ResourceArn");
    let next_token = || form.text("NextToken").map(str::to_owned);
    Ok(match codec.action.as_str() {
        "CreateTopic" => Request::CreateTopic(CreateTopic {
            name: text(&form, "Name"),
            attributes: attributes(&form),
            tags: tags(&form),
        }),
        "DeleteTopic" => Request::DeleteTopic(TopicArn { topic_arn: topic_arn() }),
        "ListTopics" => Request::ListTopics(Page { next_token: next_token() }),
        "GetTopicAttributes" => Request::GetTopicAttributes(TopicArn { topic_arn: topic_arn() }),
        "SetTopicAttributes" => Request::SetTopicAttributes(SetTopicAttributes {
            topic_arn: topic_arn(),
            name: text(&form, "AttributeName"),
            value: text(&form, "AttributeValue"),
        }),
        "Subscribe" => Request::Subscribe(Subscribe {
            topic_arn: topic_arn(),
            protocol: text(&form, "Protocol"),
            endpoint: text(&form, "Endpoint"),
            attributes: attributes(&form),
        }),
        "Unsubscribe" => Request::Unsubscribe(SubscriptionArn { subscription_arn: subscription_arn() }),
        "ListSubscriptions" => Request::ListSubscriptions(Page { next_token: next_token() }),
        "ListSubscriptionsByTopic" => Request::ListSubscriptionsByTopic(ListSubscriptionsByTopic {
            topic_arn: topic_arn(),
            next_token: next_token(),
        }),
        "GetSubscriptionAttributes" => {
            Request::GetSubscriptionAttributes(SubscriptionArn { subscription_arn: subscription_arn() })
        }
        "SetSubscriptionAttributes" => Request::SetSubscriptionAttributes(SetSubscriptionAttributes {
            subscription_arn: subscription_arn(),
            name: text(&form, "AttributeName"),
            value: text(&form, "AttributeValue"),
        }),
        "Publish" => publish(&form)?,
        "PublishBatch" => {
            let entry = |form: Form| (text(&form, "Id"), outgoing(&form));
            let entries = form.list("PublishBatchRequestEntries").into_iter().map(entry).collect();
            Request::PublishBatch(PublishBatch { topic_arn: topic_arn(), entries })
        }
        "TagResource" => Request::TagResource(TagResource { resource_arn: resource_arn(), tags: tags(&form) }),
        "UntagResource" => {
            Request::UntagResource(UntagResource { resource_arn: resource_arn(), keys: form.texts("TagKeys") })
        }
        "ListTagsForResource" => Request::ListTagsForResource(ResourceArn { resource_arn: resource_arn() }),
        action => return Err(ApiError::not_modelled(&format!("the SNS action {action:?}"))),
    })
}

fn publish(form: &Form) -> Result<Request, ApiError> {
    if form.text("PhoneNumber").is_some() {
        return Err(ApiError::not_modelled("SNS messages to phone numbers"));
    }
    let name = if form.text("TopicArn").is_some() { "TopicArn" } else { "TargetArn" };
    Ok(Request::Publish(Publish { topic_arn: arn(form, name), message: outgoing(form) }))
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

/// Writes an answer.
pub(crate) fn encode(codec: &Codec, response: &Response, request_id: &str) -> http::Response<Bytes> {
    let has_result = !matches!(
        response,
        Response::DeleteTopic
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
        Response::Subscribe(arn) => xml.text("SubscriptionArn", arn.as_str()),
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
        xml.text("SubscriptionArn", it.arn.as_str());
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

#[cfg(test)]
mod tests {
    use aqueduct_services::cloud;

    use super::*;
    use crate::codec;
    use crate::route::Service;

    const TOPIC: &str = "arn:aws:sns:eu-central-1:000000000000:Orders";

    fn read(body: &str) -> Result<(Request, Codec), Box<http::Response<Bytes>>> {
        let request = http::Request::builder()
            .method("POST")
            .uri("/")
            .header("content-type", "application/x-www-form-urlencoded; charset=utf-8")
            .body(())
            .unwrap();
        let (parts, ()) = request.into_parts();
        match codec::decode(Service::Sns, &parts, &Bytes::copy_from_slice(body.as_bytes())) {
            Ok((cloud::Request::Sns(request), codec)) => Ok((request, codec)),
            Ok((other, _)) => panic!("{other:?}"),
            Err(response) => Err(response),
        }
    }

    fn written(action: &str, response: Response) -> String {
        let (_, codec) = read(&format!("Action={action}&Version=2010-03-31")).unwrap();
        let response = codec::encode(&codec, Ok(cloud::Response::Sns(response)), "r-1");
        assert_eq!(response.status(), 200);
        assert_eq!(response.headers()["content-type"], "text/xml");
        String::from_utf8(response.into_body().to_vec()).unwrap()
    }

    #[test]
    fn a_publish_as_boto3_sends_it() {
        let body = "Action=Publish&Version=2010-03-31&TopicArn=arn%3Aaws%3Asns%3Aeu-central-1%3A000000000000%3AOrders\
                    &Message=%7B%22a%22%3A+1%7D&Subject=Hello&MessageAttributes.entry.1.Name=type\
                    &MessageAttributes.entry.1.Value.DataType=String&MessageAttributes.entry.1.Value.StringValue=order+placed\
                    &MessageAttributes.entry.2.Name=raw&MessageAttributes.entry.2.Value.DataType=Binary\
                    &MessageAttributes.entry.2.Value.BinaryValue=AQI%3D&MessageGroupId=g";
        let Ok((Request::Publish(publish), _)) = read(body) else { panic!("no publish") };
        assert_eq!(publish.topic_arn.as_str(), TOPIC);
        assert_eq!(publish.message.message, r#"{"a": 1}"#);
        assert_eq!(publish.message.subject.as_deref(), Some("Hello"));
        assert_eq!(publish.message.group.as_deref(), Some("g"));
        let attributes = publish.message.attributes;
        assert_eq!(attributes["type"].string_value.as_deref(), Some("order placed"));
        assert_eq!(attributes["raw"].binary_value.as_deref(), Some("AQI="));
    }

    #[test]
    fn batches_attributes_and_tags_are_lists_and_maps() {
        let body = "Action=PublishBatch&PublishBatchRequestEntries.member.1.Id=a\
                    &PublishBatchRequestEntries.member.1.Message=one&PublishBatchRequestEntries.member.2.Id=b\
                    &PublishBatchRequestEntries.member.2.Message=two\
                    &PublishBatchRequestEntries.member.2.MessageAttributes.entry.1.Name=n\
                    &PublishBatchRequestEntries.member.2.MessageAttributes.entry.1.Value.DataType=Number\
                    &PublishBatchRequestEntries.member.2.MessageAttributes.entry.1.Value.StringValue=1";
        let Ok((Request::PublishBatch(batch), _)) = read(body) else { panic!("no batch") };
        let ids: Vec<_> = batch.entries.iter().map(|(id, it)| (id.as_str(), it.message.as_str())).collect();
        assert_eq!(ids, [("a", "one"), ("b", "two")]);
        assert_eq!(batch.entries[1].1.attributes["n"].data_type, "Number");

        let body = "Action=CreateTopic&Name=Orders.fifo&Attributes.entry.1.key=FifoTopic&Attributes.entry.1.value=true\
                    &Tags.member.1.Key=team&Tags.member.1.Value=shop";
        let Ok((Request::CreateTopic(create), _)) = read(body) else { panic!("no create") };
        assert_eq!(create.attributes["FifoTopic"], "true");
        assert_eq!(create.tags, [("team".to_owned(), "shop".to_owned())]);
    }

    #[test]
    fn answers_byte_by_byte() {
        let arn = || Arn::new(TOPIC);
        let published = |number: Option<&str>| Published {
            message_id: "m-1".to_owned(),
            sequence_number: number.map(str::to_owned),
        };
        let listed = Listed {
            arn: Arn::new("s-1"),
            owner: "0".to_owned(),
            protocol: "sqs".to_owned(),
            endpoint: "q&a".to_owned(),
            topic: arn(),
        };
        let cases = [
            ("CreateTopic", Response::CreateTopic(arn()), format!("<TopicArn>{TOPIC}</TopicArn>")),
            (
                "ListTopics",
                Response::ListTopics { topics: vec![arn()], next_token: Some("t".to_owned()) },
                format!("<Topics><member><TopicArn>{TOPIC}</TopicArn></member></Topics><NextToken>t</NextToken>"),
            ),
            (
                "GetTopicAttributes",
                Response::GetTopicAttributes(BTreeMap::from([("Policy".to_owned(), "{\"a\":1}".to_owned())])),
                "<Attributes><entry><key>Policy</key><value>{&quot;a&quot;:1}</value></entry></Attributes>".to_owned(),
            ),
            (
                "ListSubscriptions",
                Response::ListSubscriptions { subscriptions: vec![listed], next_token: None },
                format!(
                    "<Subscriptions><member><SubscriptionArn>s-1</SubscriptionArn><Owner>0</Owner><Protocol>sqs</Protocol>\
                     <Endpoint>q&amp;a</Endpoint><TopicArn>{TOPIC}</TopicArn></member></Subscriptions>"
                ),
            ),
            ("Publish", Response::Publish(published(None)), "<MessageId>m-1</MessageId>".to_owned()),
            (
                "PublishBatch",
                Response::PublishBatch { successful: vec![("a".to_owned(), published(Some("1")))], failed: vec![] },
                "<Successful><member><Id>a</Id><MessageId>m-1</MessageId><SequenceNumber>1</SequenceNumber></member>\
                 </Successful><Failed></Failed>"
                    .to_owned(),
            ),
            ("TagResource", Response::TagResource, String::new()),
        ];
        for (action, response, result) in cases {
            assert_eq!(
                written(action, response),
                format!(
                    "<?xml version=\"1.0\"?><{action}Response xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">\
                     <{action}Result>{result}</{action}Result><ResponseMetadata><RequestId>r-1</RequestId>\
                     </ResponseMetadata></{action}Response>"
                )
            );
        }
        assert_eq!(
            written("Unsubscribe", Response::Unsubscribe),
            "<?xml version=\"1.0\"?><UnsubscribeResponse xmlns=\"http://sns.amazonaws.com/doc/2010-03-31/\">\
             <ResponseMetadata><RequestId>r-1</RequestId></ResponseMetadata></UnsubscribeResponse>"
        );
    }

    #[test]
    fn what_is_not_modelled_is_named() {
        for body in ["Action=CreatePlatformApplication", "Action=Publish&PhoneNumber=%2B49&Message=hi"] {
            let response = read(body).unwrap_err();
            assert_eq!(response.status(), 501, "{body}");
            let body = String::from_utf8(response.into_body().to_vec()).unwrap();
            assert!(body.contains("<Code>NotImplemented</Code>"), "{body}");
        }
    }
}
