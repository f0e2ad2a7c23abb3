//! Whole handlers, once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use aqueduct_message::{Message, Payload};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Idempotent, RetryInPlace};
use crate::consume::tests::{Log, Work, event, failed, work};
use crate::consume::{Consumer, Failure};
use crate::idempotency::{Idempotency, MemoryClaims};

fn once() -> Idempotent {
    Idempotent::new(Idempotency::new(MemoryClaims::default()))
}

/// A body with a key of its own.
fn keyed(key: &str, does: &str) -> String {
    let data = json!({"does": does});
    json!({"specversion": "1.0", "id": "m", "type": "Work", "source": "test", "idempotencykey": key, "data": data})
        .to_string()
}

/// A consumer that counts what reaches its handler, and fails so many times.
fn counting(failures: u32) -> (Consumer, Arc<AtomicU32>) {
    let calls = Arc::new(AtomicU32::new(0));
    let seen = Arc::clone(&calls);
    let handler = move |_: Message<Work>| {
        let call = seen.fetch_add(1, Ordering::Relaxed);
        std::future::ready(if call < failures { Err(Failure::retry("not yet")) } else { Ok(()) })
    };
    (Consumer::new(handler), calls)
}

#[tokio::test]
async fn a_duplicate_is_done_also_after_a_redrive_gave_it_another_id() {
    let (consumer, calls) = counting(0);
    let log = Log::default();
    let consumer = consumer.layer(once()).watch(Arc::new(log.clone()));
    for id in ["first", "redriven"] {
        assert!(failed(&consumer, &event("Orders", &[(id, "", keyed("k", "nothing"))]), None).await.is_empty());
    }
    assert_eq!(calls.load(Ordering::Relaxed), 1);
    assert_eq!(log.tally().duplicates, 1);
    assert!(failed(&consumer, &event("Orders", &[("m", "", keyed("other", "nothing"))]), None).await.is_empty());
    assert_eq!(calls.load(Ordering::Relaxed), 2);
}

#[tokio::test(start_paused = true)]
async fn tries_in_place_are_one_claim_and_a_failed_record_is_handled_again() {
    let (consumer, calls) = counting(2);
    let consumer = consumer.layer(once()).layer(RetryInPlace::new(2));
    let one = event("Orders", &[("m", "", keyed("k", "nothing"))]);
    assert_eq!(failed(&consumer, &one, None).await, ["m"]);
    assert!(failed(&consumer, &one, None).await.is_empty());
    assert!(failed(&consumer, &one, None).await.is_empty());
    assert_eq!(calls.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn functions_that_share_a_store_do_not_share_messages() {
    let shared = once();
    let one = event("Orders", &[("m", "", keyed("k", "nothing"))]);
    for name in ["ship", "bill"] {
        let (consumer, calls) = counting(0);
        let consumer = consumer.name(name).layer(shared.clone());
        assert!(failed(&consumer, &one, None).await.is_empty());
        assert_eq!(calls.load(Ordering::Relaxed), 1, "{name}");
    }
}

#[tokio::test]
async fn a_key_with_other_data_is_rejected_and_the_order_of_fields_is_no_difference() {
    let log = Log::default();
    let consumer = Consumer::new(work).layer(once()).redelivery(log.clone());
    let (first, same) = (r#"{"does":"nothing","a":1}"#, r#"{ "a": 1, "does": "nothing" }"#);
    for (data, rejected) in [(first, 0), (same, 0), (r#"{"does":"nothing","a":2}"#, 1)] {
        let body = keyed("k", "nothing").replace(r#"{"does":"nothing"}"#, data);
        assert!(body.contains(data));
        failed(&consumer, &event("Orders", &[("m", "", body)]), None).await;
        let lines = log.lines();
        assert_eq!(lines.iter().filter(|line| line.contains("reject")).count(), rejected, "{lines:?}");
    }
}

#[derive(Serialize, Deserialize)]
struct Raw {
    order: String,
}

impl Payload for Raw {
    const TYPE: &'static str = "Raw";

    fn key(&self) -> Option<String> {
        Some(self.order.clone())
    }
}

#[tokio::test]
async fn trap_a_raw_body_is_never_known_by_its_sqs_id() {
    let raw = |id| event("Orders", &[(id, "", r#"{"order":"o-1"}"#.to_owned())]);
    let keys = Arc::new(std::sync::Mutex::new(Vec::new()));
    let seen = Arc::clone(&keys);
    let handler = move |message: Message<Raw>| {
        seen.lock().unwrap().push(message.header.idempotency_key().to_owned());
        std::future::ready(Ok(()))
    };
    let log = Log::default();
    let consumer = Consumer::new(handler.clone()).layer(once()).redelivery(log.clone());
    failed(&consumer, &raw("first"), None).await;
    assert!(log.lines().iter().any(|line| line.contains("reject")), "without a key it is rejected: {:?}", log.lines());
    assert!(keys.lock().unwrap().is_empty());
    let consumer = Consumer::new(handler).layer(once().key_of::<Raw>());
    for id in ["first", "redriven"] {
        assert!(failed(&consumer, &raw(id), None).await.is_empty());
    }
    assert_eq!(*keys.lock().unwrap(), ["o-1"], "once, and the handler sees the key of the data");
}

#[tokio::test]
async fn what_cannot_be_read_is_rejected_as_without_the_layer() {
    let log = Log::default();
    let consumer = Consumer::new(work).layer(once()).redelivery(log.clone());
    failed(&consumer, &event("Orders", &[("m", "", "{".to_owned())]), None).await;
    assert!(log.lines().iter().any(|line| line.contains("reject")), "{:?}", log.lines());
}
