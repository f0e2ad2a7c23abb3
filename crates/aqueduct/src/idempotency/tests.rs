//! Effects happen once.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;

use super::{Claim, ClaimError, Claims, Idempotency, MemoryClaims};
use crate::{Clock, Failure};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

#[tokio::test]
async fn a_falsy_result_is_replayed_as_itself() {
    let once = Idempotency::new(MemoryClaims::default());
    let runs = Cell::new(0);
    for _ in 0..3 {
        let result: bool = once
            .once("k", async || {
                runs.set(runs.get() + 1);
                Ok(false)
            })
            .await
            .unwrap();
        assert!(!result);
    }
    assert_eq!(runs.get(), 1);
}

#[tokio::test]
async fn a_failed_effect_runs_again() {
    let once = Idempotency::new(MemoryClaims::default());
    let failed = once.once::<u32, _>("k", async || Err(Failure::retry("not now"))).await;
    assert!(failed.is_err());
    assert_eq!(once.once("k", async || Ok(5)).await.unwrap(), 5);
}

#[tokio::test]
async fn a_dead_attempt_is_taken_over_and_cannot_come_back() {
    let claims = MemoryClaims::default();
    assert_eq!(claims.claim("k", "first", at(0), at(60)).await, Ok(Claim::Granted));
    assert_eq!(claims.claim("k", "second", at(59), at(119)).await, Ok(Claim::Held(at(60))));
    assert_eq!(claims.claim("k", "second", at(61), at(121)).await, Ok(Claim::Granted));
    assert_eq!(claims.complete("k", "first", "1", at(500)).await, Err(ClaimError::Lost { key: "k".to_owned() }));
    assert_eq!(claims.complete("k", "second", "2", at(500)).await, Ok(()));
    assert_eq!(claims.claim("k", "third", at(70), at(130)).await, Ok(Claim::Completed("2".to_owned())));
}

#[tokio::test]
async fn while_an_attempt_is_at_work_the_message_waits() {
    let now = Arc::new(AtomicI64::new(100));
    let clock = Clock::new(move || at(now.load(Ordering::Relaxed)), || "token".to_owned());
    let claims = MemoryClaims::default();
    claims.claim("k", "other", at(90), at(150)).await.unwrap();
    let failure = Idempotency::new(claims).clock(clock).once("k", async || Ok(1)).await.unwrap_err();
    let crate::Outcome::Retry { after, .. } = failure.outcome() else { panic!("{failure:?}") };
    assert_eq!(*after, Some(Duration::from_secs(50)));
}
