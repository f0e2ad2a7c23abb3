//! Batches: what an answer names, what keeps its order, what is tried again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aqueduct::consume::layers::RetryInPlace;
use aqueduct::consume::{Tally, Untold, Watch};
use aqueduct::{Change, Consumer, Failure, Header, Message};
use futures_util::future::{BoxFuture, FutureExt as _, ready};
use serde_json::{Value, json};

use crate::support::{Desk, Work, body, failed, kafka, kinesis, record, sqs, table, work};

/// A name in the answer that is empty or that no record of the batch has brings the whole batch back, done or not.
#[tokio::test]
async fn an_answer_names_only_records_of_its_batch() {
    let mixed = [("1", "fail"), ("2", "nothing"), ("3", "panic")];
    let queue: Vec<_> = mixed.iter().map(|(id, does)| (*id, "g", *does)).collect();
    let partitions: Vec<_> = mixed.iter().zip(7..).map(|((_, does), offset)| (0, offset, *does)).collect();
    let at = |offset: i64| json!({"topic-partition": "work-0", "offset": offset});
    let cases = [
        (sqs("Orders", &queue), vec![json!("1"), json!("3")]),
        (sqs("Orders.fifo", &queue), vec![json!("1"), json!("2"), json!("3")]),
        (kinesis(&mixed), vec![json!("1")]),
        (table(&mixed), vec![json!("1")]),
        (kafka(&partitions), vec![at(7)]),
    ];
    let changes = async |change: Message<Change<Work>>| {
        let does = change.data.new.map(|new| new.does).unwrap_or_default();
        if does == "nothing" { Ok(()) } else { Err(Failure::retry("not now")) }
    };
    for (event, expected) in cases {
        let consumer = Consumer::new(work).on(changes);
        let response = consumer.handle_event(&event, None).await.unwrap();
        let answer: Value = serde_json::from_str(&serde_json::to_string(&response).unwrap()).unwrap();
        let named: Vec<_> =
            answer["batchItemFailures"].as_array().unwrap().iter().map(|it| &it["itemIdentifier"]).collect();
        assert_eq!(named, expected.iter().collect::<Vec<_>>(), "{event}");
    }
}

/// Groups of a standard queue share it fairly and have no order: a failure that stops its group there stops messages that
/// have nothing to do with it, and one that stops the batch stops all.
#[tokio::test]
async fn a_group_on_a_standard_queue_stops_nothing() {
    let records = [("a1", "a", "fail"), ("a2", "a", "nothing"), ("b1", "b", "nothing")];
    assert_eq!(failed(&Consumer::new(work), &sqs("Orders", &records)).await, ["a1"]);
}

/// After the first failure everything behind it in the batch is given back, of whatever group.
#[tokio::test]
async fn a_failure_stops_its_own_fifo_group_and_no_other() {
    let records = [("a1", "a", "fail"), ("b1", "b", "nothing"), ("a2", "a", "nothing"), ("b2", "b", "nothing")];
    assert_eq!(failed(&Consumer::new(work), &sqs("Orders.fifo", &records)).await, ["a1", "a2"]);
}

/// Records of one FIFO group run side by side and overtake each other; or, to be safe, nothing runs side by side.
#[tokio::test]
async fn a_group_is_handled_one_by_one_while_others_run_beside_it() {
    #[derive(Default)]
    struct Seen {
        running: BTreeMap<String, u32>,
        most_of_one: u32,
        most_at_once: usize,
    }
    let seen = Arc::new(Mutex::new(Seen::default()));
    let watched = Arc::clone(&seen);
    let busy = move |message: Message<Work>| {
        let seen = Arc::clone(&watched);
        async move {
            let group = message.header.group.unwrap_or_default();
            {
                let mut seen = seen.lock().unwrap();
                let running = seen.running.entry(group.clone()).or_default();
                *running += 1;
                let of_one = *running;
                seen.most_of_one = seen.most_of_one.max(of_one);
                seen.most_at_once = seen.most_at_once.max(seen.running.len());
            }
            tokio::task::yield_now().await;
            seen.lock().unwrap().running.remove(&group);
            Ok(())
        }
    };
    let records = ["a", "b", "c"].iter().cycle().take(12).enumerate().map(|(n, group)| {
        let work = json!({"specversion": "1.0", "id": "m", "type": "Work", "source": "test", "partitionkey": group,
            "data": {"does": "nothing"}});
        record("Orders.fifo", &n.to_string(), group, &work.to_string())
    });
    let event = json!({ "Records": records.collect::<Vec<_>>() }).to_string();
    assert!(failed(&Consumer::new(busy), &event).await.is_empty());
    let seen = seen.lock().unwrap();
    assert_eq!((seen.most_of_one, seen.most_at_once), (1, 3));
}

/// A body that no handler can read is tried again and again, in place and from the queue, though it will not change.
#[tokio::test(start_paused = true)]
async fn what_cannot_be_read_is_not_tried_again() {
    let desk = Desk::default();
    let consumer = Consumer::new(work).layer(RetryInPlace::new(5)).redelivery(desk.clone());
    let begun = tokio::time::Instant::now();
    let event = json!({"Records": [record("Orders", "m", "", "{")]}).to_string();
    assert!(failed(&consumer, &event).await.is_empty());
    assert!(begun.elapsed().is_zero(), "it waited {:?}", begun.elapsed());
    let lines = desk.lines();
    assert!(lines.len() == 1 && lines[0].starts_with("reject m as Decode."), "{lines:?}");
}

/// Tries in place, redeliveries and the queue's count multiply: a message is tried 24 times where 6 were meant, or goes to
/// its dead-letter queue without a word of why.
#[tokio::test(start_paused = true)]
async fn tries_are_those_that_were_declared_and_the_last_one_says_why() {
    let calls = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&calls);
    let failing = move |_: Message<Work>| {
        *counted.lock().unwrap() += 1;
        ready(Err(Failure::retry("not now")))
    };
    let desk = Desk::giving_up_after(2);
    let consumer = Consumer::new(failing).layer(RetryInPlace::new(3)).redelivery(desk.clone());
    let first = sqs("Orders", &[("m", "", "nothing")]);
    let second = first.replace(r#""ApproximateReceiveCount":"1""#, r#""ApproximateReceiveCount":"2""#);
    assert_eq!(failed(&consumer, &first).await, ["m"]);
    assert!(failed(&consumer, &second).await.is_empty());
    assert_eq!(*calls.lock().unwrap(), 6, "3 in place for each of 2 receives");
    assert_eq!(desk.lines().last().unwrap(), "reject m as Failure: not now");
}

/// An error handler that returns without an error of its own acknowledges the message.
#[tokio::test]
async fn whoever_watches_a_failure_does_not_acknowledge_it() {
    #[derive(Debug)]
    struct Calm;
    impl Watch for Calm {
        fn retried<'a>(&'a self, _: &'a Header, _: &'a str, _: Option<Duration>) -> BoxFuture<'a, ()> {
            ready(()).boxed()
        }
        fn rejected<'a>(&'a self, _: &'a Header, _: &'a str) -> BoxFuture<'a, Result<(), Untold>> {
            ready(Ok(())).boxed()
        }
        fn finished<'a>(&'a self, _: &'a Tally) -> BoxFuture<'a, ()> {
            ready(()).boxed()
        }
    }
    let consumer = Consumer::new(work).watch(Arc::new(Calm));
    let records = [("r", "", "fail"), ("x", "", "refuse"), ("p", "", "panic")];
    assert_eq!(failed(&consumer, &sqs("Orders", &records)).await, ["r", "x", "p"]);
}

/// Whatever is not known to have failed counts as done, and is deleted.
#[tokio::test(start_paused = true)]
async fn only_a_handler_that_said_so_is_done() {
    let ends = ["nothing", "fail", "fail-soon", "refuse", "postpone", "panic", "hang"];
    let records: Vec<_> = ends.iter().map(|does| (*does, "", *does)).collect();
    let response =
        Consumer::new(work).handle_event(&sqs("Orders", &records), Some(Duration::from_secs(5))).await.unwrap();
    let back: BTreeSet<_> = response.failed().collect();
    assert_eq!(back, ends.into_iter().filter(|does| *does != "nothing").collect());
}

/// All bodies are read before the first is handled, so that one that cannot be read fails those around it.
#[tokio::test]
async fn one_unreadable_body_costs_its_neighbours_nothing() {
    for bad in ["{", "", "null", "[]", "\u{1}", r#"{"specversion":"1.0","type":"Work"}"#, r#""\ud800""#] {
        let bodies = [body("nothing"), bad.to_owned(), body("nothing")];
        let records: Vec<_> =
            bodies.iter().zip(["before", "bad", "behind"]).map(|(body, id)| record("Orders", id, "", body)).collect();
        let event = json!({ "Records": records }).to_string();
        assert_eq!(failed(&Consumer::new(work), &event).await, ["bad"], "{bad:?}");
    }
}
