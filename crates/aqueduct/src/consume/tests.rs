//! Batches, order, panics, deadlines and what becomes of failures.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aqueduct_message::{BorrowedPayload, Delivery, Header, Message, Payload, Trigger};
use futures_util::future::{BoxFuture, FutureExt as _, ready};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Consumer, Failure, FullFailure, Hold, Layout, Redelivery, RedeliveryError, Rejection, Tally, Unknown, Untold, Watch,
};

#[derive(Serialize, Deserialize)]
pub(crate) struct Work {
    pub(crate) does: String,
}

impl Payload for Work {
    const TYPE: &'static str = "Work";
}

#[derive(Serialize, Deserialize)]
struct Rest {}

impl Payload for Rest {
    const TYPE: &'static str = "Rest";
}

pub(crate) fn delivery(id: &str, receive_count: u32) -> Delivery<'_> {
    let source_arn = Some("arn:aws:sqs:eu-central-1:000000000000:Orders".into());
    Delivery { receive_count, source_arn, ..Delivery::new(Trigger::Sqs, id, "") }
}

pub(crate) async fn work(message: Message<Work>) -> Result<(), Failure> {
    match message.data.does.as_str() {
        "nothing" => Ok(()),
        "fail" => Err(Failure::retry("not now").after(Duration::from_secs(7))),
        "postpone" => Err(Failure::retry("tomorrow").after(Duration::from_hours(24))),
        "refuse" => Err(Failure::reject("never")),
        "hang" => std::future::pending().await,
        other => panic!("{other}"),
    }
}

pub(crate) fn body(kind: &str, does: &str) -> String {
    json!({"specversion": "1.0", "id": "m", "type": kind, "source": "test", "subject": "s-1", "data": {"does": does}})
        .to_string()
}

/// An SQS event of records given as (message id, group, body).
pub(crate) fn event(queue: &str, records: &[(&str, &str, String)]) -> String {
    let records: Vec<Value> = records
        .iter()
        .map(|(id, group, body)| {
            json!({
                "messageId": id, "receiptHandle": format!("handle-{id}"), "body": body, "eventSource": "aws:sqs",
                "eventSourceARN": format!("arn:aws:sqs:eu-central-1:000000000000:{queue}"),
                "attributes": {"ApproximateReceiveCount": "1", "MessageGroupId": group},
            })
        })
        .collect();
    json!({ "Records": records }).to_string()
}

pub(crate) async fn failed(consumer: &Consumer, event: &str, remaining: Option<Duration>) -> Vec<String> {
    let response = consumer.handle_event(event, remaining).await.unwrap();
    response.failed().map(str::to_owned).collect()
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Log(Arc<Mutex<Vec<String>>>, Arc<Mutex<Tally>>, Arc<AtomicU32>);

impl Log {
    pub(crate) fn note(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }

    /// Takes no note of the next rejections.
    fn deaf_to(rejections: u32) -> Self {
        Self(Arc::default(), Arc::default(), Arc::new(AtomicU32::new(rejections)))
    }

    pub(super) fn tally(&self) -> Tally {
        *self.1.lock().unwrap()
    }
}

impl Redelivery for Log {
    fn hold<'a>(&'a self, holds: &'a [Hold<'a>]) -> BoxFuture<'a, Vec<Result<(), RedeliveryError>>> {
        let answers = holds.iter().map(|hold| {
            self.note(format!("hold {} for {:?}", hold.delivery.id, hold.wait));
            Ok(())
        });
        ready(answers.collect()).boxed()
    }

    fn reject<'a>(&'a self, rejection: &'a Rejection<'a>) -> BoxFuture<'a, Result<(), RedeliveryError>> {
        let reason = rejection.reason.message.as_str();
        self.note(format!("reject {}: {reason}", rejection.delivery.id));
        let broken = RedeliveryError { what: "rejecting", reason: "the queue is gone".to_owned() };
        ready(if reason == "queue-gone" { Err(broken) } else { Ok(()) }).boxed()
    }

    fn remove<'a>(&'a self, delivery: &'a Delivery<'a>) -> BoxFuture<'a, ()> {
        self.note(format!("remove {}", delivery.id));
        ready(()).boxed()
    }

    fn put_back<'a>(
        &'a self,
        delivery: &'a Delivery<'a>,
        after: Duration,
    ) -> BoxFuture<'a, Result<(), RedeliveryError>> {
        self.note(format!("put back {} for {after:?}", delivery.id));
        ready(Ok(())).boxed()
    }

    fn receives_max<'a>(&'a self, _: &'a Delivery<'a>) -> BoxFuture<'a, Option<u32>> {
        ready(Some(3)).boxed()
    }
}

impl Watch for Log {
    fn retried<'a>(&'a self, header: &'a Header, reason: &'a str, wait: Option<Duration>) -> BoxFuture<'a, ()> {
        self.note(format!("retried {:?}: {reason}, {wait:?}", header.subject));
        ready(()).boxed()
    }

    fn rejected<'a>(&'a self, header: &'a Header, reason: &'a str) -> BoxFuture<'a, Result<(), Untold>> {
        self.note(format!("rejected {:?}: {reason}", header.subject));
        let deaf = self.2.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |times| times.checked_sub(1)).is_ok();
        ready(if deaf { Err(Untold("the table is away".to_owned())) } else { Ok(()) }).boxed()
    }

    fn finished<'a>(&'a self, tally: &'a Tally) -> BoxFuture<'a, ()> {
        *self.1.lock().unwrap() = *tally;
        ready(()).boxed()
    }
}

#[tokio::test]
async fn each_record_fails_for_itself() {
    let records = [
        ("good", "", body("Work", "nothing")),
        ("retried", "", body("Work", "fail")),
        ("panics", "", body("Work", "panic")),
        ("not-json", "", "{".to_owned()),
        ("wrong-shape", "", json!({"specversion": "1.0", "type": "Work"}).to_string()),
        ("wrong-type", "", body("Rest", "nothing")),
        ("also-good", "", body("Work", "nothing")),
    ];
    let failed = failed(&Consumer::new(work), &event("Orders", &records), None).await;
    assert_eq!(failed, ["retried", "panics", "not-json", "wrong-shape", "wrong-type"]);
}

#[tokio::test]
async fn a_fifo_group_stops_at_its_first_failure_and_others_go_on() {
    let records = [
        ("a1", "a", body("Work", "nothing")),
        ("b1", "b", body("Work", "nothing")),
        ("a2", "a", body("Work", "fail")),
        ("b2", "b", body("Work", "nothing")),
        ("a3", "a", body("Work", "nothing")),
    ];
    assert_eq!(failed(&Consumer::new(work), &event("Orders.fifo", &records), None).await, ["a2", "a3"]);
}

#[tokio::test(start_paused = true)]
async fn before_the_deadline_what_is_done_is_done_and_the_rest_comes_back() {
    let records = [("quick", "", body("Work", "nothing")), ("slow", "", body("Work", "hang"))];
    let failed = failed(&Consumer::new(work), &event("Orders", &records), Some(Duration::from_secs(10))).await;
    assert_eq!(failed, ["slow"]);
}

#[tokio::test]
async fn failures_are_held_back_rejections_leave_the_queue_and_both_are_seen() {
    let log = Log::default();
    let consumer = Consumer::new(work).redelivery(log.clone()).watch(Arc::new(log.clone()));
    let records = [("r", "", body("Work", "fail")), ("x", "", body("Work", "refuse"))];
    assert_eq!(failed(&consumer.concurrency(1), &event("Orders", &records), None).await, ["r"]);
    assert_eq!(
        log.lines(),
        [
            "reject x: never",
            "rejected Some(\"s-1\"): never",
            "remove x",
            "hold r for 7s",
            "retried Some(\"s-1\"): not now, Some(7s)",
        ]
    );
}

#[tokio::test]
async fn nothing_is_held_back_for_longer_than_sqs_allows() {
    let log = Log::default();
    let consumer = Consumer::new(work).redelivery(log.clone());
    assert_eq!(failed(&consumer, &event("Orders", &[("r", "", body("Work", "postpone"))]), None).await, ["r"]);
    assert_eq!(log.lines(), ["hold r for 42000s"]);
}

#[tokio::test]
async fn a_rejected_message_stays_when_its_dead_letter_queue_does_not_take_it() {
    let log = Log::default();
    let refuse = async |_: Message<Work>| -> Result<(), Failure> { Err(Failure::reject("queue-gone")) };
    let consumer = Consumer::new(refuse).redelivery(log.clone()).watch(Arc::new(log.clone()));
    assert_eq!(failed(&consumer, &event("Orders", &[("x", "", body("Work", "nothing"))]), None).await, ["x"]);
    assert_eq!(log.lines(), ["reject x: queue-gone"], "the status must not say that it is over");
}

#[tokio::test]
async fn a_rejection_is_told_before_the_message_goes_and_again_while_nobody_takes_note() {
    let consumer_of = |log: &Log| Consumer::new(work).redelivery(log.clone()).watch(Arc::new(log.clone()));
    let received =
        |count: &str| event("Orders", &[("x", "", body("Work", "refuse"))]).replace("\"1\"", &format!("\"{count}\""));
    let told = "rejected Some(\"s-1\"): never";

    let log = Log::deaf_to(1);
    let consumer = consumer_of(&log);
    assert_eq!(failed(&consumer, &received("1"), None).await, ["x"]);
    assert!(failed(&consumer, &received("2"), None).await.is_empty());
    assert_eq!(log.lines(), ["reject x: never", told, told, "remove x"], "its dead-letter queue has it once");
    assert!(failed(&consumer, &received("2"), None).await.is_empty());
    assert_eq!(log.lines()[4..], ["reject x: never", told, "remove x"], "after this it is a message as any other");

    // Another execution environment does not know of it.
    let log = Log::deaf_to(2);
    assert_eq!(failed(&consumer_of(&log), &received("1"), None).await, ["x"]);
    assert_eq!(failed(&consumer_of(&log), &received("2"), None).await, ["x"]);
    assert!(failed(&consumer_of(&log), &received("3"), None).await.is_empty());
    assert_eq!(log.lines().iter().filter(|line| line.starts_with("reject x")).count(), 3);

    // There is no receive after the queue's last one but that of its dead-letter queue.
    let log = Log::deaf_to(1);
    assert!(failed(&consumer_of(&log), &received("3"), None).await.is_empty());
    assert_eq!(log.lines(), ["reject x: never", told, "remove x"]);
}

#[tokio::test]
async fn unknown_types_follow_the_declared_policy() {
    let event = event("Orders", &[("u", "", body("Other", "nothing"))]);
    for (policy, expected) in [(Unknown::Skip, vec![]), (Unknown::Reject, vec!["u"]), (Unknown::Retry, vec!["u"])] {
        let consumer = Consumer::new(work).unknown(policy);
        assert_eq!(failed(&consumer, &event, None).await, expected, "{policy:?}");
    }
}

#[tokio::test]
async fn several_types_go_to_their_handlers() {
    let seen = Log::default();
    let (log, other) = (seen.clone(), seen.clone());
    let consumer = Consumer::new(move |message: Message<Work>| {
        log.note(format!("work {}", message.data.does));
        ready(Ok(()))
    })
    .on(move |_: Message<Rest>| {
        other.note("rest".to_owned());
        ready(Ok(()))
    });
    let records = [("1", "", body("Rest", "nothing")), ("2", "", body("Work", "nothing"))];
    assert!(failed(&consumer.concurrency(1), &event("Orders", &records), None).await.is_empty());
    assert_eq!(seen.lines(), ["rest", "work nothing"]);
}

#[tokio::test]
async fn asynchronous_invocations_fail_as_a_whole() {
    let sns = json!({"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": {
        "MessageId": "n-1", "TopicArn": "arn:aws:sns:eu-central-1:000000000000:Events", "Message": body("Work", "fail"),
        "Timestamp": "2026-11-22T10:00:00.000Z", "MessageAttributes": {},
    }}]});
    let error = Consumer::new(work).handle_event(&sns.to_string(), None).await.unwrap_err();
    assert_eq!(error.to_string(), "message n-1 failed: not now");

    let bus = json!({"version": "0", "id": "e-1", "detail-type": "Work", "source": "shop", "time": "2026-11-22T10:00:00Z",
        "resources": [], "detail": {"does": "nothing"}});
    assert!(Consumer::new(work).handle_event(&bus.to_string(), None).await.is_ok());
}

#[tokio::test]
async fn events_of_other_triggers_are_refused_by_name() {
    let cognito = json!({"Records": [{"eventSource": "aws:cognito"}]}).to_string();
    let error = Consumer::new(work).handle_event(&cognito, None).await.unwrap_err();
    assert!(error.to_string().contains("`aws:cognito`"), "{error}");
}

#[tokio::test]
async fn what_is_wrapped_or_triggered_in_another_way_than_declared_does_not_pass() {
    let log = Log::default();
    let consumer = Consumer::new(work).layouts([Layout::cloud_events().in_notification()]).redelivery(log.clone());
    let notification =
        json!({"Type": "Notification", "TopicArn": "arn", "Message": body("Work", "nothing")}).to_string();
    let records = [("n", "", notification), ("c", "", body("Work", "nothing"))];
    assert!(failed(&consumer, &event("Orders", &records), None).await.is_empty(), "it went to its dead-letter queue");
    assert_eq!(log.lines()[0], "reject c: expected CloudEvents JSON in an SNS notification, found CloudEvents JSON");
    let consumer = Consumer::new(work).triggers([Trigger::Sns]);
    let error = consumer.handle_event(&event("Orders", &records), None).await.unwrap_err();
    assert!(error.to_string().contains("not declared for Sqs events"), "{error}");
    assert!(failed(&consumer, &event("Orders", &[]), None).await.is_empty());
}

#[tokio::test]
async fn the_last_attempt_is_rejected_with_its_reason_rather_than_moved_in_silence() {
    let log = Log::default();
    let consumer = Consumer::new(work).redelivery(log.clone()).watch(Arc::new(log.clone()));
    let last = event("Orders", &[("r", "", body("Work", "fail"))]).replace("\"1\"", "\"3\"");
    assert!(failed(&consumer, &last, None).await.is_empty());
    assert_eq!(log.lines(), ["reject r: not now", "rejected Some(\"s-1\"): not now", "remove r"]);
    let log = Log::default();
    let consumer = Consumer::new(work).redelivery(log.clone()).attempts(4);
    assert_eq!(failed(&consumer, &last, None).await, ["r"], "what was declared goes before what the queue says");
}

#[tokio::test]
async fn the_last_receive_after_all_attempts_tells_of_a_message_whose_attempts_came_to_no_end() {
    let received =
        |count: &str| event("Orders", &[("r", "", body("Work", "nothing"))]).replace("\"1\"", &format!("\"{count}\""));
    for (attempts, receive, told) in [(2, "2", 0), (3, "3", 0), (2, "3", 2)] {
        let log = Log::default();
        let consumer = Consumer::new(work).redelivery(log.clone()).watch(Arc::new(log.clone())).attempts(attempts);
        assert!(failed(&consumer, &received(receive), None).await.is_empty());
        let lines = log.lines();
        let telling = lines.iter().filter(|line| line.contains("its last attempts came to no end"));
        assert_eq!(telling.count(), told, "{lines:?}");
    }
}

#[tokio::test]
async fn what_is_postponed_is_put_back_and_on_a_fifo_queue_held_back() {
    let closed = async |_: Message<Work>| Err(Failure::postpone(Duration::from_secs(30), "closed"));
    let records = [("m", "g", body("Work", "nothing"))];
    for (queue, left, line) in [("Orders", 0, "put back m for 30s"), ("Orders.fifo", 1, "hold m for 30s")] {
        let log = Log::default();
        let consumer = Consumer::new(closed).redelivery(log.clone());
        assert_eq!(failed(&consumer, &event(queue, &records), None).await.len(), left, "{queue}");
        assert_eq!(log.lines(), [line]);
    }
}

#[tokio::test]
async fn a_rejected_message_lets_its_fifo_group_go_on() {
    let log = Log::default();
    let consumer = Consumer::new(work).redelivery(log.clone());
    let records = [("a1", "a", body("Work", "refuse")), ("a2", "a", body("Work", "nothing"))];
    assert!(failed(&consumer, &event("Orders.fifo", &records), None).await.is_empty());
    assert_eq!(log.lines(), ["reject a1: never", "remove a1"]);
}

#[tokio::test]
async fn trap_a_fifo_failure_does_not_block_its_group_for_a_whole_visibility_timeout() {
    let log = Log::default();
    let consumer = Consumer::new(work).redelivery(log.clone());
    let records =
        [("a1", "a", body("Work", "fail")), ("b1", "b", body("Work", "nothing")), ("a2", "a", body("Work", "nothing"))];
    assert_eq!(failed(&consumer, &event("Orders.fifo", &records), None).await, ["a1", "a2"]);
    assert_eq!(log.lines(), ["hold a1 for 7s", "hold a2 for 7s"], "they come back together");
}

#[tokio::test]
async fn trap_a_malformed_record_after_a_fifo_failure_does_not_escape() {
    let records = [
        ("a1", "a", body("Work", "nothing")),
        ("a2", "a", body("Work", "fail")),
        ("a3", "a", "{".to_owned()),
        ("b1", "b", "not json".to_owned()),
        ("c1", "c", body("Work", "nothing")),
    ];
    let failed = failed(&Consumer::new(work), &event("Orders.fifo", &records), None).await;
    assert_eq!(failed, ["a2", "a3", "b1"], "what was done before and beside stays done");
}

#[tokio::test]
async fn trap_a_full_failure_keeps_the_batch_response_and_fails_only_when_asked_to() {
    let event = event("Orders", &[("r", "", body("Work", "fail"))]);
    assert_eq!(failed(&Consumer::new(work), &event, None).await, ["r"]);
    let log = Log::default();
    let consumer = Consumer::new(work).full_failure(FullFailure::Fail).redelivery(log.clone());
    let error = consumer.handle_event(&event, None).await.unwrap_err();
    assert_eq!(error.to_string(), "all 1 records of the batch failed; the first: not now");
    assert_eq!(log.lines(), ["hold r for 7s"], "its wait is carried out all the same");
}

#[tokio::test]
async fn trap_no_failure_is_lost_among_many_at_once() {
    let records: Vec<(String, String)> =
        (0..500).map(|n| (format!("m-{n:03}"), body("Work", if n % 3 == 0 { "fail" } else { "nothing" }))).collect();
    let records: Vec<_> = records.iter().map(|(id, body)| (id.as_str(), "", body.clone())).collect();
    let failed = failed(&Consumer::new(work).concurrency(100), &event("Orders", &records), None).await;
    let expected: Vec<String> = (0..500).step_by(3).map(|n| format!("m-{n:03}")).collect();
    assert_eq!(failed, expected, "each of them, in the order of the batch");
}

#[tokio::test]
async fn trap_concurrency_within_a_batch_is_bounded() {
    let (running, most) = (Arc::new(Mutex::new(0_u32)), Arc::new(Mutex::new(0_u32)));
    let counters = (Arc::clone(&running), Arc::clone(&most));
    let busy = move |_: Message<Work>| {
        let (running, most) = counters.clone();
        async move {
            let now = {
                let mut running = running.lock().unwrap();
                *running += 1;
                *running
            };
            let highest = (*most.lock().unwrap()).max(now);
            *most.lock().unwrap() = highest;
            tokio::task::yield_now().await;
            *running.lock().unwrap() -= 1;
            Ok(())
        }
    };
    let ids: Vec<String> = (0..40).map(|n| n.to_string()).collect();
    let records: Vec<_> = ids.iter().map(|id| (id.as_str(), "", body("Work", "nothing"))).collect();
    assert!(failed(&Consumer::new(busy).concurrency(4), &event("Orders", &records), None).await.is_empty());
    assert_eq!(*most.lock().unwrap(), 4);
}

#[tokio::test(start_paused = true)]
async fn trap_a_timeout_in_the_middle_of_a_batch_does_not_bring_the_finished_records_back() {
    let log = Log::default();
    let consumer = Consumer::new(work).concurrency(1).redelivery(log.clone()).watch(Arc::new(log.clone()));
    let consumer = consumer.margin(Duration::from_secs(2));
    let records = [
        ("done", "", body("Work", "nothing")),
        ("slow", "", body("Work", "hang")),
        ("unbegun", "", body("Work", "panic")),
    ];
    let before = tokio::time::Instant::now();
    let failed = failed(&consumer, &event("Orders", &records), Some(Duration::from_secs(10))).await;
    assert_eq!(failed, ["slow", "unbegun"]);
    assert_eq!(before.elapsed(), Duration::from_secs(8), "the margin is what was asked for");
    assert!(log.lines().contains(&"hold unbegun for 0ns".to_owned()), "{:?}", log.lines());
    assert_eq!((log.tally().done, log.tally().stopped), (1, 2));
}

#[tokio::test]
async fn trap_an_unknown_type_is_never_deleted_in_silence() {
    let log = Log::default();
    let records = [("u", "", body("Other", "nothing")), ("w", "", body("Work", "nothing"))];
    let consumer = Consumer::new(work).redelivery(log.clone());
    assert!(failed(&consumer, &event("Orders", &records), None).await.is_empty());
    assert_eq!(log.lines()[0], "reject u: no handler for messages of type `Other`; there are handlers for Work");
    let log = Log::default();
    let consumer = Consumer::new(work).unknown(Unknown::Skip).watch(Arc::new(log.clone()));
    assert!(failed(&consumer, &event("Orders", &records), None).await.is_empty());
    assert_eq!((log.tally().received, log.tally().done, log.tally().skipped), (2, 1, 1), "skipping is counted");
}

#[tokio::test]
async fn trap_a_message_that_was_put_aside_is_reported_done_only_after_it_lies_there() {
    let log = Log::default();
    let refuse = async |_: Message<Work>| -> Result<(), Failure> { Err(Failure::reject("queue-gone")) };
    let consumer = Consumer::new(refuse).redelivery(log.clone());
    assert_eq!(failed(&consumer, &event("Orders", &[("x", "", body("Work", "nothing"))]), None).await, ["x"]);
    assert_eq!(log.lines(), ["reject x: queue-gone"], "nor is it deleted");
}

#[tokio::test]
async fn a_shard_stops_at_its_first_failure_and_reports_that_alone() {
    use base64::Engine as _;
    let record = |n: u32, does: &str| {
        let data = base64::engine::general_purpose::STANDARD.encode(body("Work", does));
        json!({"eventSource": "aws:kinesis", "kinesis": {"sequenceNumber": n.to_string(), "partitionKey": "p", "data": data}})
    };
    let records = [record(1, "nothing"), record(2, "fail"), record(3, "panic"), record(4, "fail")];
    let event = json!({ "Records": records }).to_string();
    assert_eq!(failed(&Consumer::new(work), &event, None).await, ["2"]);
}

#[tokio::test]
async fn trap_a_kafka_failure_is_named_by_partition_and_offset() {
    use base64::Engine as _;
    let record = |partition: u32, offset: u32, does: &str| {
        let value = base64::engine::general_purpose::STANDARD.encode(body("Work", does));
        json!({"topic": "orders", "partition": partition, "offset": offset, "value": value})
    };
    let event = json!({"eventSource": "aws:kafka", "records": {
        "orders-0": [record(0, 7, "fail"), record(0, 8, "fail")], "orders-1": [record(1, 3, "nothing")]}});
    let response = Consumer::new(work).handle_event(&event.to_string(), None).await.unwrap();
    let expected = json!({"batchItemFailures": [{"itemIdentifier": {"topic-partition": "orders-0", "offset": 7}}]});
    assert_eq!(serde_json::to_value(response).unwrap(), expected);
}

#[tokio::test]
async fn trap_an_answer_never_has_an_empty_identifier_and_an_empty_batch_is_done() {
    let response = Consumer::new(work).handle_event(r#"{"Records":[]}"#, None).await.unwrap();
    assert_eq!(serde_json::to_string(&response).unwrap(), r#"{"batchItemFailures":[]}"#);
    let nameless = event("Orders", &[("", "", body("Work", "fail"))]);
    assert!(Consumer::new(work).handle_event(&nameless, None).await.is_err(), "it could not be reported");
}

#[tokio::test]
async fn one_handler_takes_its_message_from_every_trigger() {
    let work_event = body("Work", "nothing");
    let data: Value = serde_json::from_str(&work_event).unwrap();
    let sns = json!({"Records": [{"EventSource": "aws:sns", "Sns": {"MessageId": "n", "Message": work_event}}]});
    let bus = json!({"id": "e", "detail-type": "Work", "source": "s", "detail": {"does": "nothing"}, "resources": []});
    let destination = json!({"version": "1.0", "requestContext": {"requestId": "r", "functionArn": "f",
        "condition": "RetriesExhausted"}, "requestPayload": sns, "responsePayload": null});
    let events = [
        event("Orders", &[("s", "", work_event.clone())]),
        sns.to_string(),
        bus.to_string(),
        destination.to_string(),
        data.to_string(),
    ];
    for event in events {
        let log = Log::default();
        let consumer = Consumer::new(work).watch(Arc::new(log.clone()));
        consumer.handle_event(&event, None).await.unwrap();
        assert_eq!((log.tally().done, log.tally().received), (1, 1), "{event}");
    }
}

/// What a tracing subscriber wrote.
#[cfg(feature = "lambda")]
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

#[cfg(feature = "lambda")]
impl std::io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[cfg(feature = "lambda")]
#[tokio::test]
async fn nothing_of_a_body_is_logged() {
    const CANARY: &str = "4111-canary";
    let envelope =
        |data: Value| json!({"specversion": "1.0", "id": "m", "type": "Work", "source": "test", "data": data});
    let bodies = [
        CANARY.to_owned(),
        format!("{{\"does\": \"{CANARY}\""),
        json!(CANARY).to_string(),
        json!({ "does": [CANARY] }).to_string(),
        envelope(json!(CANARY)).to_string(),
        envelope(json!({ "does": { "what": CANARY } })).to_string(),
        envelope(json!({ "does": "refuse", "card": CANARY })).to_string(),
        json!({ "specversion": "1.0", "id": { "card": CANARY }, "type": "Work" }).to_string(),
        json!({ "detail-type": "Work", "detail": CANARY, "id": 1, "source": [CANARY] }).to_string(),
        json!({ "Type": "Notification", "Message": { "card": CANARY }, "TopicArn": "t" }).to_string(),
    ];
    let records: Vec<_> = bodies.iter().map(|body| ("1", "", body.clone())).collect();
    let lines = Lines::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .with_ansi(false)
        .finish();
    let logged = tracing::subscriber::set_default(subscriber);
    let response = Consumer::new(work).handle_event(&event("Orders", &records), None).await.unwrap();
    drop(logged);
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert_eq!(response.failed().count(), bodies.len(), "each is rejected, and there is nobody to take it away");
    assert!(text.contains("does not fit"), "it says what is wrong: {text}");
    assert!(!text.contains(CANARY), "{text}");
}

#[derive(Deserialize)]
struct WorkView<'a> {
    does: &'a str,
    #[serde(borrow, default)]
    note: std::borrow::Cow<'a, str>,
}

impl BorrowedPayload for WorkView<'static> {
    const TYPE: &'static str = "Work";
    type Data<'a> = WorkView<'a>;
}

async fn view(message: Message<WorkView<'_>>) -> Result<(), Failure> {
    tokio::task::yield_now().await;
    match (message.data.does, &*message.data.note) {
        ("nothing", "" | "a \"word\"") => Ok(()),
        ("fail", _) => Err(Failure::retry("not now")),
        (other, note) => panic!("{other} {note}"),
    }
}

#[tokio::test]
async fn a_borrowing_handler_takes_what_an_owning_one_takes() {
    let noted = json!({"does": "nothing", "note": "a \"word\""}).to_string();
    let notification = json!({"Type": "Notification", "MessageId": "n", "TopicArn": "arn:aws:sns:eu-central-1:0:T",
        "Message": body("Work", "nothing")});
    let records = [
        ("good", "", body("Work", "nothing")),
        ("noted", "", noted),
        ("wrapped", "", notification.to_string()),
        ("fails", "", body("Work", "fail")),
        ("panics", "", body("Work", "explode")),
        ("other", "", body("Rest", "nothing")),
        ("misfit", "", r#"{"does":5}"#.to_owned()),
        ("escaped", "", r#"{"does":"not\u0068ing"}"#.to_owned()),
    ];
    let consumer = Consumer::borrowing::<WorkView<'_>>(view);
    assert_eq!(failed(&consumer, &event("Q", &records), None).await, ["fails", "panics", "other", "misfit", "escaped"]);
    let consumer = consumer.on(|_: Message<Rest>| ready(Ok(())));
    assert_eq!(failed(&consumer, &event("Q", &records[..6]), None).await.len(), 3, "a raw body has no type");
}
