//! Effects happen once, whatever happens to the attempts at them.

use std::cell::Cell;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::time::Duration;

use aqueduct_message::Payload;
use futures_util::future::{BoxFuture, FutureExt as _, ready};
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::{Attempt, Claim, ClaimError, Claims, Idempotency, MemoryClaims};
use crate::consume::current::noting;
use crate::{Clock, Failure, Outcome, Publisher};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// A clock that is set, with a new identifier each time.
fn clock(second: i64) -> (Clock, Arc<AtomicI64>) {
    let (now, ids) = (Arc::new(AtomicI64::new(second)), AtomicU32::new(0));
    let told = Arc::clone(&now);
    let id = move || format!("id-{}", ids.fetch_add(1, Ordering::Relaxed));
    (Clock::new(move || at(told.load(Ordering::Relaxed)), id), now)
}

fn kind(failure: &Failure) -> &str {
    failure.outcome().reason().map_or("", |reason| &reason.kind)
}

/// Claims in memory whose calls fail by name.
#[derive(Debug, Default)]
struct Failing {
    claims: MemoryClaims,
    call: &'static str,
    error: Option<ClaimError>,
    max: Option<usize>,
}

impl Failing {
    fn failure(&self, call: &str) -> Result<(), ClaimError> {
        match &self.error {
            Some(error) if self.call == call => Err(error.clone()),
            _ => Ok(()),
        }
    }
}

impl Claims for Failing {
    fn claim<'a>(&'a self, attempt: &'a Attempt<'a>) -> BoxFuture<'a, Result<Claim, ClaimError>> {
        self.failure("claim").map_or_else(|error| ready(Err(error)).boxed(), |()| self.claims.claim(attempt))
    }

    fn complete<'a>(
        &'a self,
        key: &'a str,
        token: &'a str,
        result: &'a str,
        expires: Timestamp,
    ) -> BoxFuture<'a, Result<(), ClaimError>> {
        let failed = self.failure("complete");
        failed.map_or_else(|error| ready(Err(error)).boxed(), |()| self.claims.complete(key, token, result, expires))
    }

    fn release<'a>(&'a self, key: &'a str, token: &'a str) -> BoxFuture<'a, Result<(), ClaimError>> {
        self.failure("release").map_or_else(|error| ready(Err(error)).boxed(), |()| self.claims.release(key, token))
    }

    fn result_max(&self) -> usize {
        self.max.unwrap_or(usize::MAX)
    }
}

async fn replays<R: Serialize + DeserializeOwned + PartialEq + Clone + std::fmt::Debug>(result: R) {
    let once = Idempotency::new(MemoryClaims::default());
    let runs = Cell::new(0);
    for _ in 0..3 {
        let run = once.once("k", async || {
            runs.set(runs.get() + 1);
            Ok(result.clone())
        });
        assert_eq!(run.await.unwrap(), result);
    }
    assert_eq!(runs.get(), 1, "{result:?}");
}

#[tokio::test]
async fn trap_a_falsy_result_is_replayed_as_itself() {
    replays(false).await;
    replays(0).await;
    replays(String::new()).await;
    replays(()).await;
    replays(None::<String>).await;
    replays(Vec::<u8>::new()).await;
}

#[tokio::test]
async fn a_failed_effect_runs_again() {
    let once = Idempotency::new(MemoryClaims::default());
    let failed = once.once::<u32, _>("k", async || Err(Failure::retry("not now"))).await;
    assert!(failed.is_err());
    assert_eq!(once.once("k", async || Ok(5)).await.unwrap(), 5);
}

#[tokio::test]
async fn a_panic_goes_on_and_leaves_no_claim_behind() {
    let once = Idempotency::new(MemoryClaims::default());
    let panicking = once.once::<u32, _>("k", async || panic!("in the effect"));
    assert!(AssertUnwindSafe(panicking).catch_unwind().await.is_err());
    assert_eq!(once.once("k", async || Ok(5)).await.unwrap(), 5);
}

#[tokio::test(start_paused = true)]
async fn an_effect_that_a_timeout_ends_leaves_no_claim_behind() {
    let once = Idempotency::new(MemoryClaims::default());
    let hanging = once.once::<u32, _>("k", std::future::pending);
    assert!(tokio::time::timeout(Duration::from_secs(1), hanging).await.is_err());
    tokio::task::yield_now().await;
    assert_eq!(once.once("k", async || Ok(5)).await.unwrap(), 5);
}

#[tokio::test]
async fn while_an_attempt_is_at_work_the_message_waits() {
    let claims = MemoryClaims::default();
    let other = Attempt { key: "k", token: "other", fingerprint: None, now: at(90), until: at(150), expires: at(900) };
    claims.claim(&other).await.unwrap();
    let (clock, _) = clock(100);
    let failure = Idempotency::new(claims).clock(clock).once("k", async || Ok(1)).await.unwrap_err();
    let Outcome::Retry { after, .. } = failure.outcome() else { panic!("{failure:?}") };
    assert_eq!((*after, kind(&failure)), (Some(Duration::from_secs(50)), "AtWork"));
}

/// How long a twin is told to wait.
async fn hold(once: Idempotency) -> Option<Duration> {
    let inner = once.clone();
    let held = once.once("k", async move || {
        let failure = inner.once::<u32, _>("k", async || Ok(1)).await.unwrap_err();
        let Outcome::Retry { after, .. } = failure.outcome() else { panic!("{failure:?}") };
        Ok(after.map(|after| after.as_secs()))
    });
    held.await.unwrap().map(Duration::from_secs)
}

#[tokio::test(start_paused = true)]
async fn a_claim_ends_with_the_deadline_of_its_record() {
    let once = || Idempotency::new(MemoryClaims::default()).clock(clock(100).0);
    assert_eq!(hold(once()).await, Some(Duration::from_mins(1)), "none is known");
    let deadline = tokio::time::Instant::now() + Duration::from_secs(20);
    assert_eq!(noting(Some(deadline), hold(once())).await.0, Some(Duration::from_secs(21)));
    let stated = once().hold(Duration::from_mins(5));
    assert_eq!(noting(Some(deadline), hold(stated)).await.0, Some(Duration::from_mins(5)));
}

#[tokio::test]
async fn a_reused_key_is_rejected_by_name() {
    let once = Idempotency::new(MemoryClaims::default());
    let run = async |payload: (&str, u32)| once.key("charge/1").of(&payload)?.run(async |_| Ok(7)).await;
    assert_eq!((run(("a", 1)).await.unwrap(), run(("a", 1)).await.unwrap()), (7, 7));
    let failure = run(("a", 2)).await.unwrap_err();
    assert!(matches!(failure.outcome(), Outcome::Reject { .. }), "{failure:?}");
    assert_eq!(kind(&failure), "KeyReused");
    assert!(failure.outcome().reason().unwrap().message.contains("charge/1"));
    assert_eq!(once.once("charge/1", async || Ok(8)).await.unwrap(), 7, "whoever gives no payload is not checked");
}

#[tokio::test]
async fn another_payload_waits_for_the_end_of_the_attempt_at_work() {
    let (claims, (clock, now)) = (MemoryClaims::default(), clock(100));
    let once = Idempotency::new(claims).clock(clock);
    let run = async |payload| once.key("k").of(&payload)?.run(async |_| Ok(payload)).await;
    let Ok(super::Begun::Now(held)) = once.key("k").of(&1).unwrap().begin().await else { panic!("the key is free") };
    let failure = run(2).await.unwrap_err();
    assert!(matches!(failure.outcome(), Outcome::Retry { after: Some(_), .. }), "{failure:?}");
    held.release().await;
    assert_eq!(run(2).await.unwrap(), 2, "the first attempt failed");

    let dead = once.key("dead").of(&1).unwrap().begin().await;
    std::mem::forget(dead);
    now.fetch_add(60, Ordering::Relaxed);
    let failure = once.key("dead").of(&2).unwrap().run(async |_| Ok(2)).await.unwrap_err();
    assert_eq!(kind(&failure), "KeyReused", "nobody knows how far it came");
}

#[tokio::test]
async fn a_key_that_no_store_can_keep_is_rejected() {
    let once = Idempotency::new(MemoryClaims::default());
    for key in [String::new(), "k".repeat(2049)] {
        let failure = once.once(&key, async || Ok(1)).await.unwrap_err();
        assert!(matches!(failure.outcome(), Outcome::Reject { .. }), "{failure:?}");
    }
}

#[tokio::test]
async fn a_crash_after_the_effect_lets_it_run_again_with_a_greater_fence() {
    let (clock, now) = clock(100);
    let once = Idempotency::new(MemoryClaims::default()).clock(clock);
    let Ok(super::Begun::Now(held)) = once.key("k").begin().await else { panic!("the key is free") };
    // The process ends: nothing is completed, released or dropped.
    std::mem::forget(held);
    assert!(once.once("k", async || Ok(0)).await.is_err());
    now.fetch_add(60, Ordering::Relaxed);
    let fence = once.key("k").run(async |effect| Ok(effect.fence())).await.unwrap();
    assert_eq!(fence, 100_002, "the first had 100001");
}

#[tokio::test]
async fn who_was_replaced_drops_its_result_and_retries() {
    let (clock, now) = clock(100);
    let once = Idempotency::new(MemoryClaims::default()).clock(clock);
    let other = once.clone();
    let failure = once
        .once("k", async move || {
            now.fetch_add(60, Ordering::Relaxed);
            assert_eq!(other.once("k", async || Ok("other".to_owned())).await.unwrap(), "other");
            Ok("mine".to_owned())
        })
        .await
        .unwrap_err();
    assert!(matches!(failure.outcome(), Outcome::Retry { .. }), "{failure:?}");
    assert_eq!(kind(&failure), "ClaimLost");
    assert_eq!(once.once("k", async || Ok("third".to_owned())).await.unwrap(), "other");
}

#[tokio::test]
async fn a_store_that_fails_lets_nothing_run_and_after_the_effect_keeps_the_claim() {
    let (key, reason) = ("k".to_owned(), "no".to_owned());
    let busy = ClaimError::Unavailable { key: key.clone(), what: "made", reason: reason.clone() };
    let refused = ClaimError::Store { key, what: "made", reason };
    for (error, name) in [(busy, "ClaimsUnavailable"), (refused, "ClaimsRefused")] {
        for (call, runs) in [("claim", 0), ("complete", 1)] {
            let once = Idempotency::new(Failing { call, error: Some(error.clone()), ..Failing::default() });
            let ran = Cell::new(0);
            for _ in 0..2 {
                let run = once.once("k", async || {
                    ran.set(ran.get() + 1);
                    Ok(1)
                });
                let failure = run.await.unwrap_err();
                assert!(matches!(failure.outcome(), Outcome::Retry { .. }), "{failure:?}");
                assert!([name, "AtWork"].contains(&kind(&failure)), "{failure:?}");
            }
            assert_eq!(ran.get(), runs, "{call}");
        }
        let once = Idempotency::new(Failing { call: "release", error: Some(error), ..Failing::default() });
        let failure = once.once::<u32, _>("k", async || Err(Failure::reject("mine"))).await.unwrap_err();
        assert!(matches!(failure.outcome(), Outcome::Reject { .. }), "the effect's own failure counts: {failure:?}");
    }
}

#[tokio::test]
async fn a_result_that_is_too_large_is_rejected_and_not_repeated_at_once() {
    let once = Idempotency::new(Failing { max: Some(100), ..Failing::default() });
    let failure = once.once("k", async || Ok("x".repeat(100))).await.unwrap_err();
    assert!(matches!(failure.outcome(), Outcome::Reject { .. }), "{failure:?}");
    assert_eq!(kind(&failure), "ResultTooLarge");
    assert_eq!(kind(&once.once("k", async || Ok(1)).await.unwrap_err()), "AtWork");
}

#[derive(Serialize, Deserialize)]
struct Paid {
    order: String,
}

impl Payload for Paid {
    const TYPE: &'static str = "Paid";

    fn subject(&self) -> Option<String> {
        Some(self.order.clone())
    }
}

#[tokio::test]
async fn what_the_first_run_published_goes_out_again_with_the_same_ids() {
    let (events, sent) = Publisher::memory("till");
    let (ledger, booked) = Publisher::memory("till");
    let once = Idempotency::new(MemoryClaims::default()).to("events", events).to("ledger", ledger);
    let take = async || {
        once.key("pay/1")
            .run(async |effect| {
                for order in ["o-1", "o-2"] {
                    effect.publish("events", Paid { order: order.to_owned() })?;
                    effect.publish("ledger", Paid { order: order.to_owned() })?;
                }
                Ok(42)
            })
            .await
    };
    sent.refuse(Some("the topic is away"));
    let failure = take().await.unwrap_err();
    assert!(matches!(failure.outcome(), Outcome::Retry { .. }), "{failure:?}");
    sent.refuse(None);
    assert_eq!((take().await.unwrap(), take().await.unwrap()), (42, 42));
    let messages = sent.messages();
    assert_eq!(messages.len(), 4);
    assert_eq!(messages[..2], messages[2..], "ids, times and all");
    assert_eq!(booked.messages().len(), 4);
}

#[tokio::test]
async fn an_effect_that_fails_publishes_nothing_and_a_name_that_nobody_has_is_told() {
    let (events, sent) = Publisher::memory("till");
    let once = Idempotency::new(MemoryClaims::default()).to("events", events);
    let failed = once.key("k").run::<(), _>(async |effect| {
        effect.publish("events", Paid { order: "o-1".to_owned() })?;
        Err(Failure::retry("not now"))
    });
    assert!(failed.await.is_err());
    let paid = Paid { order: "o-1".to_owned() };
    let failure = once.key("k").run(async |effect| effect.publish("event", paid)).await.unwrap_err();
    assert!(failure.outcome().reason().unwrap().message.contains("there are: events"), "{failure:?}");
    assert!(sent.messages().is_empty());
}
