//! Requests as SDKs write them, answers as they read them.

use aqueduct_services::cloud;
use aqueduct_services::sns::{Listed, Published, Response};

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
    let published =
        |number: Option<&str>| Published { message_id: "m-1".to_owned(), sequence_number: number.map(str::to_owned) };
    let listed = Listed {
        arn: "s-1".to_owned(),
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
    let response = read("Action=CreatePlatformApplication").unwrap_err();
    assert_eq!(response.status(), 501);
    let body = String::from_utf8(response.into_body().to_vec()).unwrap();
    assert!(body.contains("<Code>NotImplemented</Code>"), "{body}");
}

#[test]
fn a_publish_says_where_to() {
    let to = |query: &str| match read(&format!("Action=Publish&Message=hi&{query}")) {
        Ok((Request::Publish(publish), _)) => (Some(publish.topic_arn.to_string()), None, None),
        Ok((Request::PublishDirect(direct), _)) => {
            (None, direct.target_arn.map(|arn| arn.to_string()), direct.phone_number)
        }
        other => panic!("{other:?}"),
    };
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(to("TopicArn=t"), (text("t"), None, None));
    assert_eq!(to("TopicArn="), (text(""), None, None));
    assert_eq!(to(&format!("TargetArn={TOPIC}")), (text(TOPIC), None, None));
    let endpoint = "arn:aws:sns:eu-central-1:000000000000:endpoint/APNS/app/0";
    assert_eq!(to(&format!("TargetArn={endpoint}")), (None, text(endpoint), None));
    assert_eq!(to("PhoneNumber=%2B49123"), (None, None, text("+49123")));
    assert_eq!(to("Subject=x"), (None, None, None));
}

/// The links in messages to HTTP endpoints are visited without signature and version.
#[test]
fn a_link_is_an_unsigned_call() {
    let visited = |uri: &str, authorization: Option<&str>| {
        let mut request = http::Request::builder().method("GET").uri(uri);
        if let Some(authorization) = authorization {
            request = request.header("authorization", authorization);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        assert_eq!(crate::route(&parts, &Bytes::new()), Some(Service::Sns), "{uri}");
        match codec::decode(Service::Sns, &parts, &Bytes::new()) {
            Ok((cloud::Request::Sns(request), _)) => request,
            other => panic!("{other:?}"),
        }
    };
    let confirm = format!("/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=ab12&AuthenticateOnUnsubscribe=true");
    let Request::ConfirmSubscription(request) = visited(&confirm, None) else { panic!("no confirmation") };
    assert_eq!((request.topic_arn.as_str(), request.token.as_str()), (TOPIC, "ab12"));
    assert!(request.authenticate_on_unsubscribe && !request.signed);
    let unsubscribe = format!("/?Action=Unsubscribe&SubscriptionArn={TOPIC}:1");
    for (authorization, signed) in [(None, false), (Some("AWS4-HMAC-SHA256 Credential=a/1/r/sns/aws4_request"), true)] {
        let Request::Unsubscribe(request) = visited(&unsubscribe, authorization) else { panic!("no unsubscribe") };
        assert_eq!((request.subscription_arn.to_string(), request.signed), (format!("{TOPIC}:1"), signed));
    }
}

#[test]
fn permissions_name_accounts_and_actions() {
    let body = format!(
        "Action=AddPermission&TopicArn={TOPIC}&Label=l&AWSAccountId.member.1=111111111111&ActionName.member.1=Publish\
         &ActionName.member.2=Subscribe"
    );
    let Ok((Request::AddPermission(request), _)) = read(&body) else { panic!("no permission") };
    assert_eq!((request.label.as_str(), request.accounts), ("l", vec!["111111111111".to_owned()]));
    assert_eq!(request.actions, ["Publish", "Subscribe"]);
}
