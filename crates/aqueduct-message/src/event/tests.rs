//! Every trigger, told apart and read; every wrapping, taken off.

use serde_json::{Value, json};

use super::{Change, ChangeKind, EventError, read_event};
use crate::{DecodeError, Envelope, Layout, Message, Payload, Trigger, Wrapping};

fn cloud_event() -> String {
    json!({"specversion": "1.0", "id": "m-1", "type": "Order", "source": "shop", "subject": "ord_1", "data": {"n": 1}})
        .to_string()
}

fn notification(message: &str) -> String {
    json!({"Type": "Notification", "MessageId": "n-1", "TopicArn": "arn:aws:sns:eu-central-1:0:T", "Message": message})
        .to_string()
}

fn bus_event(detail: &Value) -> Value {
    json!({"version": "0", "id": "e-1", "detail-type": "Order", "source": "shop", "time": "2026-11-22T10:00:00Z",
        "account": "0", "region": "eu-central-1", "resources": ["arn:aws:events:eu-central-1:0:rule/r"], "detail": detail})
}

fn sns_event(message: &str) -> Value {
    json!({"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": "arn", "Sns": {
        "Type": "Notification", "MessageId": "n-1", "TopicArn": "arn:aws:sns:eu-central-1:0:T", "Message": message,
        "Timestamp": "2026-11-22T10:00:00.000Z", "MessageAttributes": {}}}]})
}

fn destination(condition: &str, request: &Value, response: &Value) -> Value {
    json!({"version": "1.0", "timestamp": "2026-11-22T10:00:00.000Z",
        "requestContext": {"requestId": "r-1", "functionArn": "arn:aws:lambda:eu-central-1:0:function:f:$LATEST",
            "condition": condition, "approximateInvokeCount": 3},
        "requestPayload": request, "responseContext": {"statusCode": 200}, "responsePayload": response})
}

fn sqs(body: &str) -> String {
    json!({"Records": [{"messageId": "s-1", "receiptHandle": "h", "body": body, "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:0:Q", "attributes": {
            "ApproximateReceiveCount": "3", "SentTimestamp": "1700000000000", "MessageGroupId": "ada",
            "ApproximateFirstReceiveTimestamp": "1700000001000", "AWSTraceHeader": "Root=1-a-b"},
        "messageAttributes": {"type": {"stringValue": "Order", "dataType": "String",
            "stringListValues": [], "binaryListValues": []}}}]})
    .to_string()
}

#[test]
fn every_wrapping_is_taken_off_and_named() {
    let (event, ours) = (
        cloud_event(),
        bus_event(&json!({"metadata": {"id": "m-1", "type": "Order", "source": "shop",
        "subject": "ord_1"}, "data": {"n": 1}})),
    );
    let request: Value = serde_json::from_str(&event).unwrap();
    let failed = destination("RetriesExhausted", &request, &Value::Null);
    let cases = [
        (sqs(&event), Layout::cloud_events()),
        (sqs(&notification(&event)), Layout::cloud_events().in_notification()),
        (sqs(&ours.to_string()), Layout::event_bridge()),
        (sqs(&notification(&ours.to_string())), Layout::event_bridge().in_notification()),
        (sqs(&failed.to_string()), Layout::cloud_events().in_destination()),
        (sqs(&destination("Success", &json!(1), &request).to_string()), Layout::cloud_events().in_destination()),
        (
            sqs(&destination("RetriesExhausted", &sns_event(&event), &Value::Null).to_string()),
            Layout::cloud_events().inside(Wrapping::Invocation).in_destination(),
        ),
        (sqs(&sns_event(&event).to_string()), Layout::cloud_events().inside(Wrapping::Invocation)),
        (sns_event(&event).to_string(), Layout::cloud_events()),
        (ours.to_string(), Layout::event_bridge()),
        (failed.to_string(), Layout::cloud_events().in_destination()),
        (event.clone(), Layout::cloud_events()),
    ];
    for (lambda_event, layout) in cases {
        let batch = read_event(&lambda_event).unwrap();
        let envelope = Envelope::read(&batch.deliveries[0]).unwrap();
        assert_eq!(envelope.layout, layout, "{lambda_event}");
        assert_eq!((envelope.header.id.as_str(), &*envelope.data), ("m-1", r#"{"n":1}"#), "{layout}");
        assert_eq!(envelope.header.subject.as_deref(), Some("ord_1"), "{layout}");
    }
}

#[test]
fn a_destination_on_a_bus_is_read_through() {
    let request: Value = serde_json::from_str(&cloud_event()).unwrap();
    let mut event = bus_event(&destination("RetriesExhausted", &request, &Value::Null));
    event["source"] = json!("lambda");
    let event = event.to_string();
    let batch = read_event(&event).unwrap();
    let envelope = Envelope::read(&batch.deliveries[0]).unwrap();
    assert_eq!(envelope.layout.to_string(), "CloudEvents JSON in a Lambda destination record in an EventBridge event");
    assert_eq!(envelope.header.kind, "Order");
}

#[test]
fn a_record_tells_all_that_sqs_tells() {
    let event = sqs("{}");
    let delivery = &read_event(&event).unwrap().deliveries[0];
    assert_eq!((delivery.receive_count, delivery.group.as_deref()), (3, Some("ada")));
    assert_eq!(delivery.sent.unwrap().as_second(), 1_700_000_000);
    assert_eq!(delivery.first_received.unwrap().as_second(), 1_700_000_001);
    assert_eq!(delivery.trace.as_deref(), Some("Root=1-a-b"));
    assert_eq!(delivery.attributes()["type"].string_value.as_deref(), Some("Order"));
}

#[test]
fn attributes_of_sns_are_read_like_those_of_sqs() {
    let mut event = sns_event("{}");
    event["Records"][0]["Sns"]["MessageAttributes"] = json!({
        "ExtendedPayloadSize": {"Type": "Number", "Value": "9"}, "raw": {"Type": "Binary", "Value": "AQ=="}});
    let event = event.to_string();
    let attributes = read_event(&event).unwrap().deliveries[0].attributes();
    let values = |name: &str| (attributes[name].string_value.as_deref(), attributes[name].binary_value.as_deref());
    assert_eq!(values("ExtendedPayloadSize"), (Some("9"), None));
    assert_eq!(values("raw"), (None, Some("AQ==")));
}

#[test]
fn trap_an_sns_event_never_passes_as_an_sqs_event_with_empty_fields() {
    let event = sns_event(&cloud_event()).to_string();
    let batch = read_event(&event).unwrap();
    assert_eq!((batch.trigger, &*batch.deliveries[0].id), (Trigger::Sns, "n-1"));
    let impostor = event.replace("aws:sns", "aws:sqs");
    assert!(matches!(read_event(&impostor), Err(EventError::Record { index: 0, .. })), "an SQS record has a messageId");
}

#[test]
fn trap_a_record_with_an_empty_identifier_is_refused_since_it_could_not_be_reported() {
    let event = sqs("{}").replace("s-1", "");
    assert!(matches!(read_event(&event), Err(EventError::Record { index: 0, trigger: Trigger::Sqs, .. })));
}

#[test]
fn sources_do_not_mix_and_unknown_ones_are_named() {
    let mut event: Value = serde_json::from_str(&sqs("{}")).unwrap();
    let stranger = sns_event("{}")["Records"][0].clone();
    event["Records"].as_array_mut().unwrap().push(stranger);
    assert!(matches!(read_event(&event.to_string()), Err(EventError::Mixed { index: 1, .. })));
    let cognito = json!({"Records": [{"eventSource": "aws:cognito", "messageId": "1"}]}).to_string();
    assert!(read_event(&cognito).unwrap_err().to_string().contains("`aws:cognito`"));
    for event in ["", "[]", "null", "[[\"a\"]]", "{", "\"x\""] {
        assert!(matches!(read_event(event), Err(EventError::NotAnObject(_))), "{event}");
    }
}

#[test]
fn trap_one_bad_record_does_not_take_its_batch_along() {
    let event = json!({"Records": [
        {"messageId": "good", "body": "{}", "eventSource": "aws:sqs"},
        {"messageId": "bad", "body": 5, "eventSource": "aws:sqs", "attributes": {"ApproximateReceiveCount": "4"}},
        {"messageId": "none", "eventSource": "aws:sqs"},
    ]})
    .to_string();
    let batch = read_event(&event).unwrap();
    let readable: Vec<_> = batch.deliveries.iter().map(|delivery| delivery.unreadable.is_none()).collect();
    assert_eq!(readable, [true, false, false]);
    assert_eq!(batch.deliveries[1].receive_count, 4);
    assert!(matches!(Envelope::read(&batch.deliveries[1]), Err(DecodeError::Unreadable(_))));
}

#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Order {
    n: u32,
}

impl Payload for Order {
    const TYPE: &'static str = "Order";
}

#[test]
fn streams_carry_messages_too() {
    use base64::Engine as _;
    let data = base64::engine::general_purpose::STANDARD.encode(cloud_event());
    let kinesis = json!({"Records": [
        {"eventSource": "aws:kinesis", "eventID": "shardId-0:49", "eventSourceARN": "arn:aws:kinesis:eu-central-1:0:stream/s",
            "kinesis": {"sequenceNumber": "49", "partitionKey": "ada", "data": data, "approximateArrivalTimestamp": 1_700_000_000.5}},
        {"eventSource": "aws:kinesis", "kinesis": {"sequenceNumber": "50", "partitionKey": "ada", "data": "/w=="}},
    ]})
    .to_string();
    let batch = read_event(&kinesis).unwrap();
    let message: Message<Order> = Envelope::read(&batch.deliveries[0]).unwrap().decode().unwrap();
    assert_eq!((message.data, batch.deliveries[0].sent.unwrap().as_millisecond()), (Order { n: 1 }, 1_700_000_000_500));
    assert!(Envelope::read(&batch.deliveries[1]).is_err(), "data that is no text fails alone");

    let kafka = json!({"eventSource": "aws:kafka", "eventSourceArn": "arn:aws:kafka:eu-central-1:0:cluster/c", "records": {
        "orders-0": [{"topic": "orders", "partition": 0, "offset": 15, "timestamp": 1_700_000_000_000_u64, "value": data},
            {"topic": "orders", "partition": 0, "offset": 16, "value": null}]}})
    .to_string();
    let batch = read_event(&kafka).unwrap();
    assert_eq!((batch.trigger, &*batch.deliveries[0].id), (Trigger::Kafka, "orders-0@15"));
    assert_eq!(batch.deliveries[0].lane(), Some("orders-0"));
    let message: Message<Order> = Envelope::read(&batch.deliveries[0]).unwrap().decode().unwrap();
    assert_eq!(message.header.id, "m-1");
}

#[test]
fn a_table_stream_makes_changes_of_plain_items() {
    let event = json!({"Records": [{"eventSource": "aws:dynamodb", "eventName": "MODIFY", "eventID": "e",
        "eventSourceARN": "arn:aws:dynamodb:eu-central-1:0:table/T/stream/2026", "dynamodb": {
            "SequenceNumber": "111", "Keys": {"id": {"S": "a"}}, "ApproximateCreationDateTime": 1_700_000_000.0,
            "NewImage": {"n": {"N": "7"}, "tags": {"SS": ["x"]}, "big": {"N": "12345678901234567890123456789012345678"},
                "deep": {"L": [{"M": {"yes": {"BOOL": true}, "no": {"NULL": true}}}]}}}}]})
    .to_string();
    let batch = read_event(&event).unwrap();
    assert_eq!(&*batch.deliveries[0].id, "111");
    let change: Message<Change<Value>> = Envelope::read(&batch.deliveries[0]).unwrap().decode().unwrap();
    assert_eq!((change.data.kind, change.data.old, &change.data.keys["id"]), (ChangeKind::Modify, None, &json!("a")));
    let expected = json!({"n": 7, "tags": ["x"], "big": "12345678901234567890123456789012345678",
        "deep": [{"yes": true, "no": null}]});
    assert_eq!(change.data.new, Some(expected));
}

#[test]
fn bodies_that_only_look_like_envelopes_are_raw() {
    for body in [
        r#"{"id":5,"source":[],"detail-type":"x"}"#,
        r#"{"Type":"Notification","TopicArn":"a"}"#,
        r#"{"Records":[]}"#,
        r#"["specversion","1.0"]"#,
        r#"{"note":"\"specversion\" is a word"}"#,
    ] {
        let event = sqs(body);
        let batch = read_event(&event).unwrap();
        let envelope = Envelope::read(&batch.deliveries[0]).unwrap();
        assert_eq!((envelope.layout, &*envelope.data), (Layout::raw(), body));
    }
    let event = sqs(r#"{"specversion":"1.0","type":"Order"}"#);
    let batch = read_event(&event).unwrap();
    assert!(matches!(Envelope::read(&batch.deliveries[0]), Err(DecodeError::Envelope { .. })));
    let bottomless = (0..9).fold(cloud_event(), |body, _| notification(&body));
    let event = sqs(&bottomless);
    let batch = read_event(&event).unwrap();
    assert!(matches!(Envelope::read(&batch.deliveries[0]), Err(DecodeError::Nesting)));
}
