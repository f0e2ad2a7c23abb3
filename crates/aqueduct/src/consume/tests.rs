//! Batches, order, panics, deadlines and what becomes of failures.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aqueduct_message::{Delivery, Header, Message, Payload, Trigger};
use futures_util::future::{BoxFuture, FutureExt as _, ready};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{Consumer, Failure, Redelivery, RedeliveryError, Unknown, Watch};

#[derive(Serialize, Deserialize)]
struct Work {
    does: String,
}

impl Payload for Work {
    const TYPE: &'static str = "Work";
}

#[derive(Serialize, Deserialize)]
struct Rest {}

impl Payload for Rest {
    const TYPE: &'static str = "Rest";
}

pub(crate) fn delivery(id: &str, receive_count: u32) -> Delivery {
    Delivery {
        trigger: Trigger::Sqs,
        id: id.to_owned(),
        receive_count,
        source_arn: Some("arn:aws:sqs:eu-central-1:000000000000:Orders".to_owned()),
        group: None,
        receipt_handle: None,
        sent: None,
        body: String::new(),
    }
}

async fn work(message: Message<Work>) -> Result<(), Failure> {
    match message.data.does.as_str() {
        "nothing" => Ok(()),
        "fail" => Err(Failure::retry("not now").after(Duration::from_secs(7))),
        "postpone" => Err(Failure::retry("tomorrow").after(Duration::from_hours(24))),
        "refuse" => Err(Failure::reject("never")),
        "hang" => std::future::pending().await,
        other => panic!("{other}"),
    }
}

fn body(kind: &str, does: &str) -> String {
    json!({"specversion": "1.0", "id": "m", "type": kind, "source": "test", "subject": "s-1", "data": {"does": does}})
        .to_string()
}

/// An SQS event of records given as (message id, group, body).
fn event(queue: &str, records: &[(&str, &str, String)]) -> String {
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

async fn failed(consumer: &Consumer, event: &str, remaining: Option<Duration>) -> Vec<String> {
    let response = consumer.handle_event(event, remaining).await.unwrap();
    response.failed().map(str::to_owned).collect()
}

#[derive(Clone, Debug, Default)]
struct Log(Arc<Mutex<Vec<String>>>);

impl Log {
    fn note(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }

    fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().clone()
    }
}

impl Redelivery for Log {
    fn hold<'a>(&'a self, delivery: &'a Delivery, wait: Duration) -> BoxFuture<'a, Result<(), RedeliveryError>> {
        self.note(format!("hold {} for {wait:?}", delivery.id));
        ready(Ok(())).boxed()
    }

    fn reject<'a>(
        &'a self,
        delivery: &'a Delivery,
        _header: Option<&'a Header>,
        reason: &'a str,
    ) -> BoxFuture<'a, Result<(), RedeliveryError>> {
        self.note(format!("reject {}: {reason}", delivery.id));
        let broken = RedeliveryError { what: "rejecting", reason: "the queue is gone".to_owned() };
        ready(if reason == "queue-gone" { Err(broken) } else { Ok(()) }).boxed()
    }
}

impl Watch for Log {
    fn retried<'a>(&'a self, header: &'a Header, reason: &'a str, wait: Option<Duration>) -> BoxFuture<'a, ()> {
        self.note(format!("retried {:?}: {reason}, {wait:?}", header.subject));
        ready(()).boxed()
    }

    fn rejected<'a>(&'a self, header: &'a Header, reason: &'a str) -> BoxFuture<'a, ()> {
        self.note(format!("rejected {:?}: {reason}", header.subject));
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
            "hold r for 7s",
            "retried Some(\"s-1\"): not now, Some(7s)",
            "reject x: never",
            "rejected Some(\"s-1\"): never",
        ]
    );
}

#[tokio::test]
async fn nothing_is_held_back_for_longer_than_sqs_allows() {
    let log = Log::default();
    let consumer = Consumer::new(work).redelivery(log.clone());
    assert_eq!(failed(&consumer, &event("Orders", &[("r", "", body("Work", "postpone"))]), None).await, ["r"]);
    assert_eq!(log.lines(), ["hold r for 43200s"]);
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
    let kinesis = json!({"Records": [{"eventSource": "aws:kinesis", "kinesis": {}}]}).to_string();
    let error = Consumer::new(work).handle_event(&kinesis, None).await.unwrap_err();
    assert!(error.to_string().contains("`aws:kinesis`"), "{error}");
}
