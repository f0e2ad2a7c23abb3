//! Requests as clients send them, well or badly: what holds for every action.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::Write as _;

use aqueduct_services::cloud::Request;
use aqueduct_services::sqs;
use aqueduct_wire::{decode, route};
use bytes::Bytes;

type Headers<'a> = &'a [(&'a str, &'a str)];

const JSON: (&str, &str) = ("content-type", "application/x-amz-json-1.0");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded; charset=utf-8");
const SEND: (&str, &str) = ("x-amz-target", "AmazonSQS.SendMessage");

fn signed(service: &str) -> String {
    format!(
        "AWS4-HMAC-SHA256 Credential=AKID/20261122/eu-central-1/{service}/aws4_request, SignedHeaders=host, Signature=0"
    )
}

/// The request that is read, or the answer to one that is not: status, headers that matter, body.
fn sent(
    method: &str,
    uri: &str,
    headers: Headers<'_>,
    body: impl Into<Bytes>,
) -> Result<Request, (u16, String, String)> {
    let request = http::Request::builder().method(method).uri(uri);
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let (parts, body) = request.body(body.into()).unwrap().into_parts();
    let service = route(&parts, &body).expect("a service");
    decode(service, &parts, &body).map(|(request, _)| request).map_err(|answer| {
        let header = |name: &str| answer.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        assert!(header("x-amzn-requestid").is_some());
        let code = header("x-amzn-query-error").or_else(|| header("x-amzn-errortype")).unwrap_or_default();
        (answer.status().as_u16(), code, String::from_utf8(answer.body().to_vec()).unwrap())
    })
}

#[test]
fn an_action_that_there_is_not_is_answered_in_each_protocol() {
    let (sns, events) = (signed("sns"), signed("events"));
    let target = |target| ("x-amz-target", target);
    let sqs_json = r#"{"__type":"com.amazon.coral.service#UnknownOperationException","message":"The action Fly is not valid for this endpoint."}"#;
    for (uri, headers, body, status, code, part) in [
        ("/", &[JSON, target("AmazonSQS.Fly")][..], "{}", 400, "InvalidAction;Sender", sqs_json),
        (
            "/",
            &[JSON, target("AmazonSQS.AddPermission")],
            "{}",
            501,
            "NotImplemented;Sender",
            "the SQS action AddPermission",
        ),
        ("/", &[JSON, target("AWSEvents.Fly")], "{}", 400, "", "#UnknownOperationException"),
        ("/", &[JSON, target("AWSEvents.CreateConnection")], "{}", 501, "", "the EventBridge action CreateConnection"),
        (
            "/",
            &[FORM],
            "Action=Fly&Version=2012-11-05",
            400,
            "",
            "<Code>InvalidAction</Code><Message>The action Fly is not valid for this endpoint.",
        ),
        ("/", &[("authorization", &events)], "{}", 400, "", "#UnknownOperationException"),
        (
            "/",
            &[FORM, ("authorization", &sns)],
            "Action=Fly",
            400,
            "",
            "Could not find operation Fly for version NO_VERSION_SPECIFIED",
        ),
        (
            "/",
            &[FORM, ("authorization", &sns)],
            "Action=Publish&Version=2010-03-30",
            400,
            "",
            "<Code>InvalidAction</Code><Message>Could not find operation Publish for version 2010-03-30",
        ),
        ("/", &[FORM, ("authorization", &sns)], "Action=OptInPhoneNumber", 501, "", "the SNS action OptInPhoneNumber"),
        ("/", &[FORM, ("authorization", &sns)], "", 400, "", "<Code>MissingAction</Code>"),
    ] {
        let (got, header, answer) = sent("POST", uri, headers, body).unwrap_err();
        assert_eq!((got, header.as_str()), (status, code), "{answer}");
        assert!(answer.contains(part), "{answer}");
    }
    let sqs = signed("sqs");
    let (status, _, answer) = sent("GET", "/", &[("authorization", &sqs)], "").unwrap_err();
    assert_eq!((status, answer.as_str()), (404, "<UnknownOperationException/>\n"));
}

#[test]
fn a_body_that_is_no_input_is_a_serialization_error() {
    let long = "&".repeat(10_001);
    for (headers, body, status, part) in [
        (&[JSON, SEND][..], "{", 400, "com.amazon.coral.service#SerializationException"),
        (&[JSON, SEND], "[]", 400, "#SerializationException"),
        (&[JSON, SEND], r#"{"QueueUrl": 1}"#, 400, "#SerializationException"),
        (&[JSON, SEND, ("content-encoding", "br")], "{}", 501, r#"the content encoding \"br\""#),
        (&[("content-type", "application/cbor"), SEND], "", 501, "CBOR for SQS"),
        (&[("smithy-protocol", "rpc-v2-cbor"), SEND], "", 501, "CBOR for SQS"),
        (&[FORM, ("authorization", &signed("sns"))], &long, 400, "MalformedQueryString"),
    ] {
        let (got, _, answer) = sent("POST", "/", headers, body.to_owned()).unwrap_err();
        assert_eq!(got, status, "{answer}");
        assert!(answer.contains(part), "{answer}");
    }
    let (status, _, answer) =
        sent("POST", "/service/AmazonSQS/operation/SendMessage", &[("smithy-protocol", "rpc-v2-cbor")], "")
            .unwrap_err();
    assert!(status == 501 && answer.contains("CBOR for SQS"), "{answer}");
}

#[test]
fn content_types_parameters_and_checksums_do_not_disturb() {
    let body =
        r#"{"QueueUrl":"http://127.0.0.1/000000000000/Q","MessageBody":"hi","Unknown":{"a":[1]},"DelaySeconds":null}"#;
    let sqs = signed("sqs");
    for headers in [
        &[JSON, SEND][..],
        &[SEND],
        &[("content-type", "application/x-amz-json-1.1"), SEND],
        &[JSON, SEND, ("x-amz-checksum-crc32", "AAAAAA=="), ("content-md5", "1B2M2Y8AsgTpgAmY7PhCfg==")],
        &[JSON, SEND, ("x-amzn-query-mode", "true"), ("content-encoding", "amz-1.0"), ("authorization", &sqs)],
        &[JSON, SEND, ("amz-sdk-request", "attempt=1; max=3"), ("expect", "100-continue")],
    ] {
        let Ok(Request::Sqs(sqs::Request::SendMessage(send))) = sent("POST", "/", headers, body) else {
            panic!("{headers:?}");
        };
        assert_eq!((send.message_body.as_str(), send.delay_seconds), ("hi", None));
    }
}

#[test]
fn compressed_bodies_are_read() {
    let zipped = |text: &str| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let gzip = ("content-encoding", "gzip");
    let json = zipped(r#"{"QueueUrl":"u","MessageBody":"hi"}"#);
    assert!(matches!(sent("POST", "/", &[JSON, SEND, gzip], json), Ok(Request::Sqs(sqs::Request::SendMessage(_)))));
    let sqs = signed("sqs");
    let form = zipped("Action=ListQueues&Version=2012-11-05");
    let listed = sent("POST", "/", &[FORM, gzip, ("authorization", &sqs)], form);
    assert!(matches!(listed, Ok(Request::Sqs(sqs::Request::ListQueues(_)))));
    let (status, _, answer) = sent("POST", "/", &[JSON, SEND, gzip], "{}").unwrap_err();
    assert!(status == 400 && answer.contains("SerializationException"), "{answer}");
}

/// Query parameters with a signature, as boto3's `generate_presigned_url` writes them.
#[test]
fn presigned_and_unsigned_requests_are_read() {
    let presigned = |service: &str, action: &str| {
        format!(
            "/?Action={action}&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F20261122%2Feu-central-1%2F{service}\
             %2Faws4_request&X-Amz-Date=20261122T000000Z&X-Amz-Expires=3600&X-Amz-SignedHeaders=host&X-Amz-Signature=0"
        )
    };
    for (method, uri, body) in [
        ("GET", presigned("sqs", "ListQueues&Version=2012-11-05"), ""),
        ("POST", presigned("sqs", "ListQueues&Version=2012-11-05"), ""),
        ("POST", presigned("sqs", "ListQueues"), "QueueNamePrefix=a"),
        ("GET", "/?Action=ListQueues&Version=2012-11-05".to_owned(), ""),
        ("POST", "/".to_owned(), "Action=ListQueues&Version=2012-11-05"),
    ] {
        let read = sent(method, &uri, &[FORM], body);
        assert!(matches!(read, Ok(Request::Sqs(sqs::Request::ListQueues(_)))), "{method} {uri} {read:?}");
    }
    let topics = sent("GET", &presigned("sns", "ListTopics&Version=2010-03-31"), &[], "");
    assert!(matches!(topics, Ok(Request::Sns(_))));
}
