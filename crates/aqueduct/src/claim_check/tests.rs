//! Pointers, what is fetched and what is refused.

use aqueduct_message::{Delivery, Trigger};
use serde_json::{Value, json};

use super::{ClaimCheck, MemoryObjects, ObjectError, Pointer, PointerError};
use crate::consume::Consumer;
use crate::consume::tests::{body, event, failed, work};

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
