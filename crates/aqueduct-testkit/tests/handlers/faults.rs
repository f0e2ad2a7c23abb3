//! What goes wrong, and what handlers and SDK clients see of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use aqueduct_testkit::fault::{Fault, Faults, Point, Strike, When};
use aqueduct_testkit::{Cloud, Function, Template};
use aws_sdk_sqs::types::{BatchResultErrorEntry, SendMessageBatchRequestEntry};
use lambda_runtime::{Error, LambdaEvent};
use serde_json::{Value, json};

use crate::{TEMPLATE, forwarder, total};

/// A cloud in which one thing goes wrong.
fn struck(at: Point, fault: Fault) -> Cloud {
    with(&Faults::from_list([Strike { at, fault }]))
}

fn with(faults: &Faults) -> Cloud {
    Cloud::with_faults(&Template::parse(TEMPLATE).unwrap(), 1, faults.clone()).unwrap()
}

fn call(operation: &str, when: When) -> Point {
    Point::Call { operation: operation.to_owned(), nth: 0, when }
}

fn poll(k: u64) -> Point {
    Point::Poll { function: "Worker".to_owned(), nth: 0, k }
}

#[test]
fn faults_of_a_consumer_bring_its_message_back() {
    let invocation = || Point::Invocation { function: "Worker".to_owned(), nth: 0 };
    // The message comes out as often as the consumer got as far as sending it.
    let cases = [
        (invocation(), Fault::Fail, 2, 2),
        (invocation(), Fault::DeliverTwice, 2, 1),
        (invocation(), Fault::TimeOut, 1, 2),
        (poll(0), Fault::CrashBefore, 1, 2),
        (poll(1), Fault::TimeOut, 1, 2),
        (Point::Delivery { queue: "In".to_owned(), nth: 0 }, Fault::Duplicate, 2, 2),
        (Point::Delivery { queue: "In".to_owned(), nth: 0 }, Fault::Reorder { millis: 500 }, 1, 1),
        (call("SQS.SendMessageBatch", When::Before), Fault::Error { status: 500 }, 1, 1),
        (call("SQS.SendMessageBatch", When::Before), Fault::Throttle, 1, 1),
        (call("SQS.SendMessageBatch", When::Before), Fault::Latency { millis: 3_000 }, 1, 1),
        (call("SQS.SendMessageBatch", When::After), Fault::LoseAnswer, 2, 1),
    ];
    for (at, fault, out, invocations) in cases {
        let strike = Strike { at, fault };
        let faults = Faults::from_list([strike.clone()]);
        let cloud = with(&faults);
        cloud.on("Worker", forwarder).unwrap();
        cloud.send("In", r#"{"id":"ord_1"}"#).unwrap();
        cloud.run_until_idle().unwrap();
        assert_eq!((total(&cloud, "In"), total(&cloud, "Dlq"), total(&cloud, "Out")), (0, 0, out), "{strike}");
        assert_eq!((cloud.invocations("Worker").len(), faults.struck().len()), (invocations, 1), "{strike}");
    }
}

#[test]
fn a_crash_at_any_await_loses_nothing() {
    let mut out = Vec::new();
    for k in 0.. {
        let cloud = struck(poll(k), Fault::CrashAfter);
        cloud.on("Worker", forwarder).unwrap();
        cloud.send("In", r#"{"id":"ord_1"}"#).unwrap();
        cloud.run_until_idle().unwrap();
        if cloud.invocations("Worker").len() == 1 {
            break;
        }
        assert_eq!((total(&cloud, "In"), total(&cloud, "Dlq")), (0, 0), "poll {k}");
        out.push(total(&cloud, "Out"));
    }
    assert!(out.iter().all(|out| [1, 2].contains(out)), "{out:?}");
    assert!(out.starts_with(&[1]) && out.ends_with(&[2]), "a crash before and one after the message was sent: {out:?}");
}

#[test]
fn entries_of_a_batch_fail_by_themselves() {
    let cloud = struck(call("SQS.SendMessageBatch", When::Before), Fault::FailEntries { mask: 0b101 });
    let (sqs, out) = (cloud.environment().sqs(), cloud.queue_url("Out"));
    let entry = |id: usize| {
        let entry = SendMessageBatchRequestEntry::builder().id(id.to_string()).message_body("1");
        entry.build().unwrap()
    };
    let entries = (0..4).map(entry).collect();
    let sent = cloud.run(async { sqs.send_message_batch().queue_url(&out).set_entries(Some(entries)).send().await });
    let sent = sent.unwrap();
    let ids: Vec<&str> = sent.failed().iter().map(BatchResultErrorEntry::id).collect();
    assert_eq!((ids, sent.successful().len(), total(&cloud, "Out")), (vec!["0", "2"], 2, 2));
}

#[test]
fn a_function_s_clock_can_be_wrong() {
    let cloud = struck(Point::Clock { function: "Worker".to_owned() }, Fault::Skew { millis: 60_000 });
    let clock = cloud.clock().now();
    cloud
        .on("Worker", move |_| {
            assert_eq!(aqueduct::Clock::system().now().duration_since(clock).as_secs(), 60);
            Ok::<_, Error>(Function::event(async |_: LambdaEvent<Value>| Ok::<_, Error>(json!(null))))
        })
        .unwrap();
}

#[test]
fn a_handler_of_events_fails_panics_and_takes_too_long() {
    let cloud = Cloud::from_text(TEMPLATE).unwrap();
    let calls = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&calls);
    let worker = move |_: &_| {
        let calls = Arc::clone(&counted);
        let handler = move |event: LambdaEvent<Value>| {
            let call = calls.fetch_add(1, Ordering::Relaxed);
            async move {
                assert!(!event.context.request_id.is_empty());
                match call {
                    0 => Err(Error::from("not now")),
                    1 => panic!("a bug"),
                    _ => {
                        tokio::time::sleep(Duration::from_mins(1)).await;
                        Ok(json!({ "batchItemFailures": [] }))
                    }
                }
            }
        };
        Ok::<_, Error>(Function::event(handler))
    };
    cloud.on("Worker", worker).unwrap();
    cloud.send("In", "{}").unwrap();
    cloud.run_until_idle().unwrap();
    assert_eq!((calls.load(Ordering::Relaxed), total(&cloud, "Dlq")), (3, 1));
    let notes = cloud.take_notes().into_iter().map(|note| format!("{:?}", note.what)).collect::<Vec<_>>().join("\n");
    for expected in ["not now", "a bug", "timed out after 10.00 seconds"] {
        assert!(notes.contains(expected), "{expected}: {notes}");
    }
}
