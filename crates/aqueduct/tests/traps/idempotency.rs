//! Doing something once: whose result is replayed, to whom, and until when.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::Duration;

use aqueduct::claim_check::{ClaimCheck, MemoryObjects, Pointer};
use aqueduct::consume::layers::Idempotent;
use aqueduct::idempotency::{Idempotency, MemoryClaims};
use aqueduct::{Clock, Consumer, Failure, Message, Outcome};
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::support::{Work, failed, record};

/// Runs an effect twice under one key: how often it ran, and what the second call was told.
async fn twice<R: Serialize + DeserializeOwned + Clone>(result: R) -> (u32, R) {
    let (once, runs) = (Idempotency::new(MemoryClaims::default()), AtomicU32::new(0));
    let run = async || {
        once.once("key", async || {
            runs.fetch_add(1, Ordering::Relaxed);
            Ok(result.clone())
        })
        .await
        .unwrap()
    };
    run().await;
    let replayed = run().await;
    (runs.into_inner(), replayed)
}

/// A result that counts as false, such as 0 or an empty list, is kept and then replayed as nothing at all.
#[tokio::test]
async fn a_falsy_result_is_replayed_as_itself() {
    assert_eq!(twice(0_u32).await, (1, 0));
    assert_eq!(twice(false).await, (1, false));
    assert_eq!(twice(String::new()).await, (1, String::new()));
    assert_eq!(twice(Vec::<u8>::new()).await, (1, Vec::new()));
    assert_eq!(twice(None::<u8>).await, (1, None));
    assert_eq!(twice(()).await, (1, ()));
    assert_eq!(twice(json!({})).await, (1, json!({})));
}

/// A clock that the test sets, in milliseconds, whose ids count up.
fn clock(millis: &Arc<AtomicI64>) -> Clock {
    let (told, ids) = (Arc::clone(millis), AtomicU32::new(0));
    Clock::new(
        move || Timestamp::from_millisecond(told.load(Ordering::Relaxed)).unwrap(),
        move || format!("token-{}", ids.fetch_add(1, Ordering::Relaxed)),
    )
}

/// A store that two parts of a program share keeps the settings of the first, and takes the second's requests for those of
/// the first.
#[tokio::test]
async fn two_users_of_one_store_keep_their_own_keys_and_settings() {
    let millis = Arc::new(AtomicI64::new(0));
    let payments = Idempotency::new(MemoryClaims::default()).clock(clock(&millis)).hold(Duration::from_mins(1));
    let refunds = payments.clone().hold(Duration::from_secs(5));
    assert_eq!(payments.once("payment/ord_1", async || Ok("paid".to_owned())).await.unwrap(), "paid");
    assert_eq!(refunds.once("refund/ord_1", async || Ok("refunded".to_owned())).await.unwrap(), "refunded");

    let waits = async |user: &Idempotency, key: &str| {
        // An attempt that is at work and does not end.
        let mut stuck = Box::pin(user.once::<(), _>(key, std::future::pending));
        assert!(futures_util::poll!(&mut stuck).is_pending());
        let failure = user.once::<(), _>(key, async || Ok(())).await.unwrap_err();
        let Outcome::Retry { after, .. } = failure.outcome().clone() else { panic!("{failure:?}") };
        after
    };
    assert_eq!(waits(&payments, "payment/ord_2").await, Some(Duration::from_mins(1)));
    assert_eq!(waits(&refunds, "refund/ord_2").await, Some(Duration::from_secs(5)));
}

/// The end of a dead attempt's claim is compared in the wrong unit, and never comes.
#[tokio::test]
async fn a_dead_attempts_claim_ends_to_the_millisecond() {
    for (begun, hold) in [(0, 1), (999, 1_500), (59_999, 60_000), (86_399_999, 900_000)] {
        let millis = Arc::new(AtomicI64::new(begun));
        let hold_millis = i64::try_from(hold).unwrap();
        let once = Idempotency::new(MemoryClaims::default()).clock(clock(&millis)).hold(Duration::from_millis(hold));
        let mut dead = Box::pin(once.once::<(), _>("key", std::future::pending));
        assert!(futures_util::poll!(&mut dead).is_pending());
        drop(dead);
        millis.store(begun + hold_millis - 1, Ordering::Relaxed);
        assert!(once.once("key", async || Ok(())).await.is_err(), "begun at {begun}, one millisecond early");
        millis.store(begun + hold_millis + 1, Ordering::Relaxed);
        assert!(once.once("key", async || Ok(())).await.is_ok(), "begun at {begun}, held for {hold} ms");
    }
}

/// Twins that arrive at the same time both find nothing and both run.
#[tokio::test]
async fn twins_at_the_same_time_run_one_effect() {
    let (once, runs) = (Idempotency::new(MemoryClaims::default()), AtomicU32::new(0));
    let run = || {
        once.once("key", async || {
            runs.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            Ok(7_u32)
        })
    };
    let (first, second) = tokio::join!(run(), run());
    assert_eq!((first.unwrap(), runs.load(Ordering::Relaxed)), (7, 1));
    assert!(matches!(second.unwrap_err().outcome(), Outcome::Retry { .. }), "it comes back for the result");
}

/// A consumer that does something once per message, and how often it did.
fn counting() -> (Consumer, Arc<AtomicU32>) {
    let (once, effects) = (Idempotency::new(MemoryClaims::default()), Arc::new(AtomicU32::new(0)));
    let counted = Arc::clone(&effects);
    let handler = move |message: Message<Work>| {
        let (once, effects) = (once.clone(), Arc::clone(&counted));
        async move {
            let effect = async || {
                effects.fetch_add(1, Ordering::Relaxed);
                Ok::<_, Failure>(())
            };
            once.once(message.header.idempotency_key(), effect).await
        }
    };
    (Consumer::new(handler), effects)
}

fn enveloped(id: &str) -> String {
    json!({"specversion": "1.0", "id": id, "type": "Work", "source": "test", "data": {"does": "nothing"}}).to_string()
}

/// A message that is moved back from its dead-letter queue has a new id there, and its effect happens again.
#[tokio::test]
async fn a_message_is_the_same_after_a_redrive() {
    let (consumer, effects) = counting();
    for transport in ["first-send", "redriven"] {
        let event = json!({"Records": [record("Orders", transport, "", &enveloped("m-1"))]}).to_string();
        assert!(failed(&consumer, &event).await.is_empty());
    }
    assert_eq!(effects.load(Ordering::Relaxed), 1);
}

/// A message that is sent twice has two pointers to its body, and what is keyed by the pointer happens twice.
#[tokio::test]
async fn a_message_that_came_with_two_pointers_is_one() {
    let objects = MemoryObjects::default();
    let event = |key: &str| {
        objects.insert(Pointer::new("bodies", key), enveloped("m-1"));
        let mut record = record("Orders", key, "", &Pointer::new("bodies", key).to_body());
        record["messageAttributes"] = json!({"ExtendedPayloadSize": {"dataType": "Number", "stringValue": "9"}});
        json!({ "Records": [record] }).to_string()
    };
    let effects = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&effects);
    let count = move |_: Message<Work>| {
        counted.fetch_add(1, Ordering::Relaxed);
        std::future::ready(Ok(()))
    };
    let (check, once) =
        (ClaimCheck::new(objects.clone()).bucket("bodies"), Idempotent::new(Idempotency::new(MemoryClaims::default())));
    let consumer = Consumer::new(count.clone()).layer(check.clone()).layer(once.clone());
    for pointer in ["first", "second"] {
        assert!(failed(&consumer, &event(pointer)).await.is_empty());
    }
    assert_eq!(effects.load(Ordering::Relaxed), 1);
    let wrong_order = Consumer::new(count).layer(once).layer(check);
    assert_eq!(failed(&wrong_order, &event("first")).await, ["first"], "a pointer is nobody's identity");
    assert_eq!(effects.load(Ordering::Relaxed), 1);
}

/// A message without the field that the key is taken from runs without protection, or as a duplicate of all others
/// without it.
#[tokio::test]
async fn messages_that_were_given_no_key_are_each_protected_and_not_one() {
    let (consumer, effects) = counting();
    for delivery in 0..2 {
        let records: Vec<_> = ["m-1", "m-2"].iter().map(|id| record("Orders", id, "", &enveloped(id))).collect();
        let event = json!({ "Records": records }).to_string();
        assert!(failed(&consumer, &event).await.is_empty(), "delivery {delivery}");
    }
    assert_eq!(effects.load(Ordering::Relaxed), 2);
}

/// A result whose time is over counts as there until the store's own clean-up has removed it.
#[tokio::test]
async fn a_result_whose_time_is_over_is_not_replayed() {
    let millis = Arc::new(AtomicI64::new(0));
    let once = Idempotency::new(MemoryClaims::default()).clock(clock(&millis));
    let run = async |result: u32| once.once("key", async || Ok(result)).await.unwrap();
    let day = 24 * 60 * 60 * 1_000;
    assert_eq!(run(1).await, 1);
    millis.store(29 * day, Ordering::Relaxed);
    assert_eq!(run(2).await, 1, "a dead-letter queue's 14 days after a queue's 14 days");
    millis.store(31 * day, Ordering::Relaxed);
    assert_eq!(run(3).await, 3);
}
