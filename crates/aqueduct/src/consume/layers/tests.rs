//! What each layer does, and what their order does.

use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aqueduct_message::{Delivery, Message};
use futures_util::future::{BoxFuture, FutureExt as _};
use jiff::Timestamp;

use super::{Circuit, CircuitBreaker, CircuitError, Circuits, MemoryCircuits, RateLimit, RetryInPlace, Timeout, Trace};
use crate::consume::tests::{Log, Work, body, event, failed, work};
use crate::consume::{Consumer, Failure, Layer, Next, Outcome};
use crate::{Clock, consume::Backoff};

/// A handler that fails so many times and counts its calls.
fn failing(times: u32, calls: Arc<AtomicU32>) -> impl Fn(Message<Work>) -> BoxFuture<'static, Result<(), Failure>> {
    move |_| {
        let call = calls.fetch_add(1, Ordering::Relaxed);
        async move { if call < times { Err(Failure::retry("not yet")) } else { Ok(()) } }.boxed()
    }
}

fn one() -> String {
    event("Orders", &[("m", "", body("Work", "nothing"))])
}

#[tokio::test(start_paused = true)]
async fn a_timeout_lets_a_record_be_tried_again() {
    let consumer = Consumer::new(work).layer(Timeout::new(Duration::from_secs(1))).concurrency(1);
    let records = [("hangs", "", body("Work", "hang")), ("quick", "", body("Work", "nothing"))];
    assert_eq!(failed(&consumer, &event("Orders", &records), None).await, ["hangs"]);
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_passes_is_tried_again_in_place() {
    let calls = Arc::new(AtomicU32::new(0));
    let consumer = Consumer::new(failing(2, calls.clone())).layer(RetryInPlace::new(3)).layer(Trace::new("handler"));
    assert!(failed(&consumer, &one(), None).await.is_empty());
    assert_eq!(calls.load(Ordering::Relaxed), 3);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_tried_again_in_place_past_the_deadline_or_against_a_stated_wait() {
    let calls = Arc::new(AtomicU32::new(0));
    let slow = Backoff { first: Duration::from_secs(20), longest: Duration::from_secs(20), ..Backoff::default() };
    let consumer = Consumer::new(failing(9, calls.clone())).layer(RetryInPlace::new(3).backoff(slow));
    let before = tokio::time::Instant::now();
    assert_eq!(failed(&consumer, &one(), Some(Duration::from_secs(5))).await, ["m"]);
    assert_eq!(calls.load(Ordering::Relaxed), 1);
    assert!(before.elapsed().is_zero(), "nor does the function wait for its deadline");
    let consumer = Consumer::new(work).layer(RetryInPlace::new(3));
    let before = tokio::time::Instant::now();
    let stated = event("Orders", &[("m", "", body("Work", "fail"))]);
    assert_eq!(failed(&consumer, &stated, None).await, ["m"]);
    assert!(before.elapsed().is_zero(), "`after` says how long to wait, and a function does not sleep that long");
}

#[tokio::test(start_paused = true)]
async fn a_rate_spreads_records_and_what_comes_too_late_is_put_back() {
    let log = Log::default();
    let consumer = Consumer::new(work).layer(RateLimit::per_second(10).burst(1)).redelivery(log.clone());
    let ids: Vec<String> = (0..10).map(|n| n.to_string()).collect();
    let records: Vec<_> = ids.iter().map(|id| (id.as_str(), "", body("Work", "nothing"))).collect();
    let before = tokio::time::Instant::now();
    assert!(failed(&consumer, &event("Orders", &records), None).await.is_empty());
    let took = before.elapsed();
    assert!(took >= Duration::from_millis(900) && took < Duration::from_secs(1), "{took:?}");
    assert!(failed(&consumer, &event("Orders", &records), Some(Duration::from_millis(800))).await.is_empty());
    let back = log.lines().iter().filter(|line| line.starts_with("put back")).count();
    assert!((6..=8).contains(&back), "{:?}", log.lines());
}

struct Outage {
    consumer: Consumer,
    now: Arc<AtomicI64>,
    calls: Arc<AtomicU32>,
    log: Log,
}

/// A consumer behind a breaker that opens after two failures for a minute; its handler fails `times` times.
fn outage(times: u32, circuits: impl Circuits + 'static) -> Outage {
    let now = Arc::new(AtomicI64::new(1_000));
    let told = Arc::clone(&now);
    let clock = Clock::new(move || Timestamp::from_second(told.load(Ordering::Relaxed)).unwrap(), String::new);
    let calls = Arc::new(AtomicU32::new(0));
    let breaker = CircuitBreaker::new("bank").shared(circuits).opens(2, Duration::from_mins(1)).clock(clock);
    let log = Log::default();
    let consumer = Consumer::new(failing(times, calls.clone())).layer(breaker).redelivery(log.clone()).concurrency(1);
    Outage { consumer, now, calls, log }
}

#[tokio::test]
async fn an_open_circuit_uses_up_no_receives_and_closes_after_a_record_that_works() {
    let outage = outage(2, MemoryCircuits::default());
    let records = ["1", "2", "3", "4"].map(|id| (id, "", body("Work", "nothing")));
    let batch = event("Orders", &records);
    assert_eq!(failed(&outage.consumer, &batch, None).await, ["1", "2"]);
    assert_eq!(outage.calls.load(Ordering::Relaxed), 2, "the others were not tried");
    let back: Vec<_> = outage.log.lines().into_iter().filter(|line| line.starts_with("put back")).collect();
    assert_eq!(back, ["put back 3 for 60s", "put back 4 for 60s"]);
    outage.now.fetch_add(61, Ordering::Relaxed);
    assert!(failed(&outage.consumer, &batch, None).await.is_empty());
    assert_eq!(outage.calls.load(Ordering::Relaxed), 6, "one tried, and the others followed");
}

#[tokio::test]
async fn a_probe_that_fails_opens_the_circuit_again() {
    let outage = outage(3, MemoryCircuits::default());
    let records = ["1", "2"].map(|id| (id, "", body("Work", "nothing")));
    failed(&outage.consumer, &event("Orders", &records), None).await;
    outage.now.fetch_add(61, Ordering::Relaxed);
    assert_eq!(failed(&outage.consumer, &event("Orders", &records), None).await, ["1"]);
    assert_eq!(outage.calls.load(Ordering::Relaxed), 3, "only one record tried");
}

/// A store that is away.
#[derive(Debug)]
struct Away;

impl Circuits for Away {
    fn load<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Circuit, CircuitError>> {
        let error = CircuitError { name: name.to_owned(), what: "read", reason: "away".to_owned() };
        std::future::ready(Err(error)).boxed()
    }

    fn store<'a>(&'a self, _: &'a str, _: Circuit) -> BoxFuture<'a, Result<bool, CircuitError>> {
        std::future::ready(Ok(true)).boxed()
    }
}

#[tokio::test]
async fn a_store_that_is_away_stops_nothing() {
    let outage = outage(0, Away);
    assert!(failed(&outage.consumer, &one(), None).await.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_wrong_order_lets_one_bad_message_open_the_circuit_for_all() {
    let breaker = || CircuitBreaker::new("bank").opens(3, Duration::from_mins(1));
    let records = [("bad", "", body("Work", "panic")), ("good", "", body("Work", "nothing"))];
    let right = Log::default();
    let consumer = Consumer::new(work).layer(breaker()).layer(RetryInPlace::new(3));
    let consumer = consumer.redelivery(right.clone()).concurrency(1);
    assert_eq!(failed(&consumer, &event("Orders", &records), None).await, ["bad"]);
    assert!(right.lines().iter().all(|line| !line.starts_with("put back")), "the good one was handled");
    let wrong = Log::default();
    let consumer = Consumer::new(work).layer(RetryInPlace::new(3)).layer(breaker());
    let consumer = consumer.redelivery(wrong.clone()).concurrency(1);
    failed(&consumer, &event("Orders", &records), None).await;
    assert!(wrong.lines().iter().any(|line| line.starts_with("put back good")), "{:?}", wrong.lines());
}

#[derive(Debug)]
struct Panicking;

impl Layer for Panicking {
    fn handle<'a>(&'a self, _: &'a Delivery<'a>, _: Next<'a>) -> BoxFuture<'a, Outcome> {
        async { panic!("a layer's own") }.boxed()
    }
}

/// Writes its name when it is passed, and puts another body into what it hands on.
#[derive(Debug)]
struct Named(&'static str, Arc<Mutex<Vec<&'static str>>>);

impl Layer for Named {
    fn handle<'a>(&'a self, delivery: &'a Delivery<'a>, next: Next<'a>) -> BoxFuture<'a, Outcome> {
        async move {
            self.1.lock().unwrap().push(self.0);
            let fetched = Delivery { body: body("Work", "nothing").into(), ..delivery.clone() };
            next.run(&fetched).await
        }
        .boxed()
    }
}

#[tokio::test]
async fn layers_stand_in_the_order_in_which_they_were_added_and_may_change_the_body() {
    let order = Arc::new(Mutex::new(Vec::new()));
    let consumer = Consumer::new(work).layer(Named("outer", order.clone())).layer(Named("inner", order.clone()));
    let pointer = event("Orders", &[("m", "", "a pointer to elsewhere".to_owned())]);
    assert!(failed(&consumer, &pointer, None).await.is_empty());
    assert_eq!(*order.lock().unwrap(), ["outer", "inner"]);
}

#[tokio::test]
async fn a_layers_panic_stays_in_its_record() {
    assert_eq!(failed(&Consumer::new(work).layer(Panicking), &one(), None).await, ["m"]);
}
