//! Pointers, what is fetched and what is refused.

use std::sync::Arc;

use aqueduct_message::{Delivery, Header, Trigger};
use serde_json::{Value, json};

use super::{ClaimCheck, Lifetime, MemoryObjects, ObjectError, Pointer, PointerError, header, made_of};
use crate::consume::Consumer;
use crate::consume::tests::{Log, body, event, failed, work};

const MARK: &str = r#"{"ExtendedPayloadSize":{"dataType":"Number","stringValue":"9"}}"#;

/// An event with one marked record.
fn marked(text: String) -> String {
    let mut event: Value = serde_json::from_str(&event("Orders", &[("m", "", text)])).unwrap();
    event["Records"][0]["messageAttributes"] = serde_json::from_str(MARK).unwrap();
    event.to_string()
}

fn notification(message: &str, attributes: &Value) -> String {
    json!({"Type": "Notification", "MessageId": "n", "TopicArn": "arn:aws:sns:eu-central-1:000000000000:Orders",
        "Message": message, "Timestamp": "2026-11-22T10:00:00.000Z", "MessageAttributes": attributes})
    .to_string()
}

/// A consumer whose store has a good order at `k`.
fn consumer() -> (Consumer, MemoryObjects) {
    let objects = MemoryObjects::default();
    objects.insert(Pointer::new("orders", "k"), body("Work", "nothing"));
    let layer = ClaimCheck::new(objects.clone()).bucket("orders").limit(1000);
    (Consumer::new(work).layer(layer), objects)
}

#[test]
fn what_is_no_pointer_is_told_from_one() {
    let old = r#"["com.amazon.sqs.javamessaging.MessageS3Pointer", {"s3BucketName": "b", "s3Key": "k"}]"#;
    assert_eq!(Pointer::from_body(old), Ok(Pointer::new("b", "k")));
    let odd = Pointer::new("b", "a\"\\\u{1}ü");
    assert_eq!(Pointer::from_body(&odd.to_body()), Ok(odd));
    let cases = [
        ("{}", PointerError::Shape),
        (r#"["x"]"#, PointerError::Shape),
        (r#"["x",{"s3BucketName":"b"}]"#, PointerError::Shape),
        (r#"["x",{"s3BucketName":"b","s3Key":"k"}]"#, PointerError::Class),
        (&Pointer::new("", "k").to_body(), PointerError::Empty),
        (&Pointer::new("b", "k".repeat(9000)).to_body(), PointerError::TooLong(9088)),
    ];
    for (text, error) in cases {
        let found = Pointer::from_body(text).unwrap_err();
        assert_eq!(std::mem::discriminant(&found), std::mem::discriminant(&error), "{text}");
    }
}

#[tokio::test]
async fn a_body_is_fetched_before_the_handler() {
    let (consumer, _) = consumer();
    let pointer = Pointer::new("orders", "k").to_body();
    assert!(failed(&consumer, &marked(pointer.clone()), None).await.is_empty());
    let attributes = json!({"ExtendedPayloadSize": {"Type": "Number", "Value": "9"}});
    let wrapped = event("Orders", &[("m", "", notification(&pointer, &attributes))]);
    assert!(failed(&consumer, &wrapped, None).await.is_empty(), "in an SNS notification");
    let sns: Value = serde_json::from_str(&notification(&pointer, &attributes)).unwrap();
    let straight = json!({"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": sns}]}).to_string();
    assert!(consumer.handle_event(&straight, None).await.unwrap().failed().next().is_none(), "straight from SNS");
    let plain = event("Orders", &[("m", "", body("Work", "nothing"))]);
    assert!(failed(&consumer, &plain, None).await.is_empty(), "what is no pointer passes");
}

#[tokio::test]
async fn a_body_that_merely_looks_alike_is_not_fetched() {
    let objects = MemoryObjects::default();
    objects.insert(Pointer::new("orders", "k"), "x");
    let layer = ClaimCheck::new(objects).bucket("orders");
    let pointer = Pointer::new("orders", "k").to_body();
    let fake = format!("{{\"ExtendedPayloadSize\":{pointer}}}");
    for text in [pointer.clone(), fake, notification(&pointer, &json!({}))] {
        let delivery = Delivery::new(Trigger::Sqs, "m", text);
        assert_eq!(layer.redeem(&delivery).await, Ok(None));
    }
}

#[tokio::test]
async fn each_failure_says_what_happens_next() {
    let (_, objects) = consumer();
    objects.insert(Pointer::new("orders", "large"), "x".repeat(1001));
    objects.insert(Pointer::new("orders", "bytes"), [0xff]);
    let layer = ClaimCheck::new(objects.clone()).bucket("orders").limit(1000);
    let cases = [
        (Pointer::new("theirs", "k"), None, false, "bucket `theirs` is not among those that may be read"),
        (Pointer::new("orders", "gone"), None, false, "there is no such object"),
        (Pointer::new("orders", "large"), None, false, "more than the 1000 bytes"),
        (Pointer::new("orders", "bytes"), None, false, "not UTF-8"),
        (Pointer::new("orders", "k"), Some(ObjectError::Denied("s3:GetObject")), true, "s3:GetObject"),
        (Pointer::new("orders", "k"), Some(ObjectError::Unavailable("SlowDown".to_owned())), true, "SlowDown"),
        (Pointer::new("theirs", "k"), Some(ObjectError::Denied("s3:GetObject")), false, "`theirs`"),
    ];
    for (pointer, failure, passing, words) in cases {
        objects.fail(failure);
        let delivery = Delivery { raw_attributes: Some(MARK), ..Delivery::new(Trigger::Sqs, "m", pointer.to_body()) };
        let outcome = layer.redeem(&delivery).await.unwrap_err();
        assert_eq!(matches!(outcome, crate::Outcome::Retry { .. }), passing, "{outcome:?}");
        assert!(outcome.reason().unwrap().message.contains(words), "{outcome:?}");
    }
    let delivery = Delivery { raw_attributes: Some(MARK), ..Delivery::new(Trigger::Sqs, "m", "{}") };
    assert!(matches!(layer.redeem(&delivery).await, Err(crate::Outcome::Reject { .. })));
}

/// An event of a bus whose detail has a pointer to `k`.
fn on_bus() -> Value {
    let pointer: Value = serde_json::from_str(&Pointer::new("orders", "k").to_body()).unwrap();
    let metadata = json!({"id": "m", "type": "Work", "source": "shop"});
    json!({"version": "0", "id": "e", "detail-type": "Work", "source": "shop", "time": "2026-11-22T10:00:00Z",
        "resources": [], "detail": {"metadata": metadata, "ExtendedPayloadSize": 9, "pointer": pointer}})
}

#[tokio::test]
async fn an_event_of_a_bus_gets_its_detail_on_every_way_it_can_come() {
    let detail = json!({"metadata": {"id": "m", "type": "Work", "source": "shop"}, "data": {"does": "nothing"}});
    let objects = MemoryObjects::default();
    objects.insert(Pointer::new("orders", "k"), detail.to_string());
    let layer = ClaimCheck::new(objects.clone()).bucket("orders");
    let mut whole = on_bus();
    whole["detail"] = detail;
    let failed = |request: &Value| {
        json!({"requestContext": {"requestId": "r", "functionArn": "f", "condition": "RetriesExhausted"},
            "requestPayload": request, "responsePayload": null})
    };
    let cases = [
        (on_bus(), whole.clone()),
        (failed(&on_bus()), failed(&whole)),
        (
            json!({"detail-type": "x", "source": "lambda", "detail": failed(&on_bus())}),
            json!({"detail-type": "x", "source": "lambda", "detail": failed(&whole)}),
        ),
    ];
    for (came, wanted) in cases {
        let delivery = Delivery::new(Trigger::Sqs, "m", came.to_string());
        let redeemed = layer.redeem(&delivery).await.unwrap().unwrap();
        assert_eq!(serde_json::from_str::<Value>(&redeemed.body).unwrap(), wanted, "{came}");
        let text = notification(&came.to_string(), &json!({}));
        let delivery = Delivery::new(Trigger::Sqs, "m", text);
        let redeemed = layer.redeem(&delivery).await.unwrap().unwrap();
        let around: Value = serde_json::from_str(&redeemed.body).unwrap();
        let inner: Value = serde_json::from_str(around["Message"].as_str().unwrap()).unwrap();
        assert_eq!(inner, wanted, "in a notification");
    }
    objects.insert(Pointer::new("orders", "k"), "no JSON");
    let delivery = Delivery::new(Trigger::EventBridge, "m", on_bus().to_string());
    let outcome = layer.redeem(&delivery).await.unwrap_err();
    assert!(outcome.reason().unwrap().message.contains("is no JSON"), "{outcome:?}");
}

#[tokio::test]
async fn a_pointer_in_a_failed_sns_invocation_is_found() {
    let objects = MemoryObjects::default();
    objects.insert(Pointer::new("orders", "k"), body("Work", "nothing"));
    let attributes = json!({"SQSLargePayloadSize": {"Type": "Number", "Value": "9"}});
    let sns: Value = serde_json::from_str(&notification(&Pointer::new("orders", "k").to_body(), &attributes)).unwrap();
    let record = json!({"requestContext": {"condition": "RetriesExhausted"},
        "requestPayload": {"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": sns}]}});
    let delivery = Delivery::new(Trigger::Sqs, "m", record.to_string());
    let redeemed = ClaimCheck::new(objects).bucket("orders").redeem(&delivery).await.unwrap().unwrap();
    let around: Value = serde_json::from_str(&redeemed.body).unwrap();
    assert_eq!(around["requestPayload"]["Records"][0]["Sns"]["Message"], body("Work", "nothing"));
}

#[tokio::test]
async fn without_the_layer_a_pointer_says_what_is_missing() {
    let consumer = Consumer::new(work);
    for text in [Pointer::new("orders", "k").to_body(), on_bus().to_string()] {
        let event = event("Orders", &[("m", "", text)]);
        assert_eq!(failed(&consumer, &event, None).await, ["m"]);
    }
    let event = on_bus().to_string();
    let delivery = Delivery::new(Trigger::EventBridge, "e", event);
    let envelope = aqueduct_message::Envelope::read(&delivery).unwrap();
    assert_eq!(envelope.header.id, "m", "the header is there all the same");
    let error = envelope.decode::<crate::consume::tests::Work>().err().unwrap();
    assert!(error.to_string().contains("add the layer `ClaimCheck`"), "{error}");
}

#[tokio::test]
async fn a_body_is_a_pointer_by_its_form_only_where_that_was_asked_for() {
    let objects = MemoryObjects::default();
    objects.insert(Pointer::new("orders", "k"), "x");
    let layer = ClaimCheck::new(objects).bucket("orders").unmarked();
    let pointer = Pointer::new("orders", "k").to_body();
    let delivery = Delivery::new(Trigger::Sqs, "m", pointer.clone());
    assert_eq!(layer.redeem(&delivery).await.unwrap().unwrap().body, "x");
    let delivery = Delivery::new(Trigger::Sqs, "m", notification(&pointer, &json!({})));
    assert!(layer.redeem(&delivery).await.unwrap().is_some(), "in a notification");
    for other in [r#"["x",{"s3BucketName":"orders","s3Key":"k"}]"#, "[1]", "{}"] {
        let delivery = Delivery::new(Trigger::Sqs, "m", other);
        assert_eq!(layer.redeem(&delivery).await, Ok(None), "{other}");
    }
}

#[tokio::test]
async fn trap_a_pointer_that_was_led_elsewhere_is_rejected() {
    let objects = MemoryObjects::default();
    let good = format!("orders/{}", made_of("good"));
    for (key, text) in [(good.as_str(), "good"), ("orders/other", "other"), ("secret/k", "secret")] {
        objects.insert(Pointer::new("orders", key), text);
    }
    let layer = ClaimCheck::new(objects.clone()).bucket_prefix("orders", "orders/").verified();
    let redeem = async |key: &str| {
        let text = Pointer::new("orders", key).to_body();
        let delivery = Delivery { raw_attributes: Some(MARK), ..Delivery::new(Trigger::Sqs, "m", text) };
        layer.redeem(&delivery).await.map(|whole| whole.unwrap().body.into_owned())
    };
    assert_eq!(redeem(&good).await.as_deref(), Ok("good"));
    for (key, words) in [("orders/other", "not what its key was made of"), ("secret/k", "not this key of it")] {
        let outcome = redeem(key).await.unwrap_err();
        assert!(matches!(&outcome, crate::Outcome::Reject { .. }), "{outcome:?}");
        assert!(outcome.reason().unwrap().message.contains(words), "{outcome:?}");
    }
    objects.insert(Pointer::new("orders", &good), "changed");
    assert!(redeem(&good).await.is_err(), "an object that was changed");
}

/// An event with one record whose pointer leads nowhere, and beside it the header of a message about `s-1`.
fn about(subject: &str) -> (String, Value) {
    let header = Header { subject: Some(subject.to_owned()), ..Header::new("ours", "Work", "shop") };
    let beside = json!({"Type": "String", "Value": header::write(&header).unwrap()});
    let attributes = json!({"ExtendedPayloadSize": {"Type": "Number", "Value": "9"}, "header": beside});
    (Pointer::new("orders", "gone").to_body(), attributes)
}

#[tokio::test]
async fn what_cannot_be_fetched_is_told_by_the_header_beside_its_pointer() {
    let (pointer, attributes) = about("s-1");
    let of_sqs: Value = attributes
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, it)| (name.clone(), json!({"dataType": it["Type"], "stringValue": it["Value"]})))
        .collect();
    let mut raw: Value = serde_json::from_str(&event("Orders", &[("m", "", pointer.clone())])).unwrap();
    raw["Records"][0]["messageAttributes"] = of_sqs;
    let in_sqs = event("Orders", &[("m", "", notification(&pointer, &attributes))]);
    let sns: Value = serde_json::from_str(&notification(&pointer, &attributes)).unwrap();
    let invocation = json!({"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": sns}]});
    let failed = json!({"requestContext": {"condition": "RetriesExhausted"}, "requestPayload": invocation});
    let cases = [
        ("SQS", raw.to_string()),
        ("SNS in SQS", in_sqs),
        ("SNS", invocation.to_string()),
        ("a failed invocation in SQS", event("Orders", &[("m", "", failed.to_string())])),
    ];
    for (place, event) in cases {
        for fetches in [true, false] {
            let log = Log::default();
            let (consumer, _) = consumer();
            let consumer = if fetches { consumer } else { Consumer::new(work) };
            let _ = consumer.redelivery(log.clone()).watch(Arc::new(log.clone())).handle_event(&event, None).await;
            let told = log.lines().into_iter().find(|line| line.starts_with("rejected"));
            assert!(told.as_ref().is_some_and(|line| line.contains("s-1")), "{place}, fetched: {fetches}: {told:?}");
        }
    }
}

#[tokio::test]
async fn a_body_that_cannot_be_fetched_now_is_told_to_be_late() {
    let log = Log::default();
    let (consumer, objects) = consumer();
    objects.fail(Some(ObjectError::Unavailable("SlowDown".to_owned())));
    let (pointer, attributes) = about("s-1");
    let consumer = consumer.redelivery(log.clone()).watch(Arc::new(log.clone()));
    failed(&consumer, &event("Orders", &[("m", "", notification(&pointer, &attributes))]), None).await;
    assert!(log.lines().iter().any(|line| line.starts_with("retried Some(\"s-1\")")), "{:?}", log.lines());
}

#[test]
fn a_header_beside_a_pointer_is_ascii_and_comes_back_whole_and_one_without_bounds_stays_away() {
    for subject in ["s-1", "", "ü\u{ffff}\u{7f}\"\\\n", "😀"] {
        let sent = Header { subject: Some(subject.to_owned()), ..Header::new("m", "Work", "shop") };
        let text = header::write(&sent).unwrap();
        assert!(text.chars().all(|character| matches!(character, ' '..='~')), "{text}");
        assert_eq!(header::read(&text), Some(sent));
    }
    assert_eq!(header::write(&Header::new("m".repeat(9000), "Work", "shop")), None);
    for other in ["", "{}", "[1]", "a header of somebody else"] {
        assert_eq!(header::read(other), None, "{other}");
    }
}

/// What AWS's clients write, by their sources: Jackson's form in Java, that of `json.dumps` in Python.
#[test]
fn what_awss_clients_write_is_read_and_ours_is_theirs() {
    let ours = Pointer::new("b", "k").to_body();
    let java = r#"["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"b","s3Key":"k"}]"#;
    assert_eq!(ours, java, "to the byte");
    let others = [
        java,
        r#"["software.amazon.payloadoffloading.PayloadS3Pointer", {"s3BucketName": "b", "s3Key": "k"}]"#,
        r#"["com.amazon.sqs.javamessaging.MessageS3Pointer",{"s3BucketName":"b","s3Key":"k"}]"#,
        r#"["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3Key":"k","s3BucketName":"b","later":1}]"#,
    ];
    for text in others {
        assert_eq!(Pointer::from_body(text), Ok(Pointer::new("b", "k")), "{text}");
    }
    assert_eq!(super::MARKS, ["ExtendedPayloadSize", "SQSLargePayloadSize"]);
}

#[test]
fn trap_an_object_outlives_its_message_on_every_way() {
    let day = std::time::Duration::from_hours(24);
    let kept = Lifetime::new(day * 4, day * 14);
    let cases = [
        (kept, 18),
        (kept.redrives(1), 36),
        (kept.waits(std::time::Duration::from_nanos(1)), 19),
        (kept.waits(day * 30), 48),
        (Lifetime::new(std::time::Duration::MAX, day), u64::MAX / 86_400 + 1),
    ];
    for (lifetime, days) in cases {
        assert_eq!(lifetime.days(), days, "{lifetime:?}");
    }
}
