//! The examples are as short as they claim, each stands in their table, and each does what it says.

use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::Duration;

use aqueduct::claim_check::{ClaimCheck, MemoryObjects, Pointer};
use aqueduct::consume::layers::{CircuitBreaker, MemoryCircuits, Timeout};
use aqueduct::consume::{Hold, Redelivery, RedeliveryError, Rejection};
use aqueduct::idempotency::MemoryClaims;
use aqueduct::observe::Metrics;
use aqueduct::publish::{Entry, MemoryOutbox, OutboxStore};
use aqueduct::{Clock, Consumer, Delivery, Failure, IntoDraft as _, Message, Payload, Publisher};
use futures_util::future::{BoxFuture, FutureExt as _, ready};
use serde_json::{Value, json};

#[path = "../examples/breaker.rs"]
#[expect(dead_code, reason = "`main` is run by Lambda")]
mod breaker;
#[path = "../examples/claim_check.rs"]
#[expect(dead_code, reason = "`main` is run by Lambda")]
mod claim_check;
#[path = "../examples/fifo.rs"]
#[expect(dead_code, reason = "`main` is run by Lambda")]
mod fifo;
#[path = "../examples/handler.rs"]
#[expect(dead_code, reason = "`main` is run by Lambda")]
mod handler;
#[path = "../examples/observed.rs"]
#[expect(dead_code, reason = "`main` is run by Lambda")]
mod observed;
#[path = "../examples/outbox.rs"]
#[expect(dead_code, reason = "`main` is run by Lambda")]
mod outbox;
#[path = "../examples/payment.rs"]
#[expect(dead_code, reason = "`main` is run by Lambda")]
mod payment;
#[path = "../examples/routed.rs"]
#[expect(dead_code, reason = "`main` is run by Lambda")]
mod routed;

#[test]
fn every_example_is_short_and_listed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let readme = std::fs::read_to_string(folder.join("README.md")).expect("examples have a table");
    let tests = include_str!("examples.rs");
    let mut examples = 0;
    for entry in folder.read_dir().expect("there are examples").flatten() {
        let path = entry.path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        examples += 1;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).expect("an example can be read");
        // What a reader reads: blank lines and what is said about the file stand beside the code.
        let lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with("//!")).count();
        assert!(lines < 25, "{name} has {lines} lines");
        assert!(readme.contains(&format!("| `{name}` |")), "{name} is not in examples/README.md");
        assert!(tests.contains(&format!("{name}::consumer(")), "{name} is not run by a test");
    }
    assert!(examples >= 7, "{examples}");
}

#[test]
fn every_feature_is_documented() {
    let (_, features) = include_str!("../Cargo.toml").split_once("[features]\n").expect("there are features");
    let features = features.lines().take_while(|line| !line.is_empty()).filter_map(|line| line.split_once(" = "));
    let names: Vec<_> = features.map(|(name, _)| name).filter(|name| *name != "default").collect();
    assert!(names.len() > 5, "{names:?}");
    for name in names {
        let documented = format!("//! | `{name}`");
        assert!(include_str!("../src/lib.rs").contains(&documented), "the documentation does not tell of `{name}`");
    }
}

/// In a crate of its own nothing of it has to be seen from outside.
#[test]
fn the_handler_of_the_readme_is_the_example() {
    let readme = include_str!("../../../README.md");
    let (_, rest) = readme.split_once("```rust\n").expect("the README shows a handler");
    let (shown, _) = rest.split_once("```").expect("its block ends");
    let example = include_str!("../examples/handler.rs").replace("pub(crate) ", "");
    let (_, code) = example.split_once("\n\n").expect("the code follows what is said about the file");
    assert_eq!(shown, code);
}

#[tokio::test]
async fn handler_handles_its_message_behind_any_trigger() {
    LazyLock::force(&LOGGING);
    let order = |order: &str| body("OrderConfirmed", &json!({ "order": order }));
    assert!(failed(&handler::consumer(), &[("1", "", order("handler-sqs"))]).await.is_empty());
    let sns = json!({"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "EventSubscriptionArn": "s", "Sns": {
        "Type": "Notification", "MessageId": "2", "TopicArn": "t", "Message": order("handler-sns"),
        "Timestamp": "2026-11-25T09:00:00Z", "MessageAttributes": {}}}]});
    handler::consumer().handle_event(&sns.to_string(), None).await.expect("it is handled");
    for order in ["handler-sqs", "handler-sns"] {
        assert!(logged(order).contains("on its way"), "{order}: {}", logged(order));
    }
}

#[tokio::test]
async fn fifo_rejects_with_the_reason_and_its_group_goes_on() {
    let aside = Aside::default();
    let entry = |account: &str| body("Entry", &json!({ "account": account }));
    let records = [("1", "g", entry("")), ("2", "g", entry("a-1"))];
    assert!(failed(&fifo::consumer(aside.clone()), &records).await.is_empty());
    assert_eq!(aside.notes(), ["reject 1: it names no account"]);
}

#[tokio::test]
async fn claim_check_fetches_what_lies_in_its_bucket_and_in_no_other() {
    let (archive, sent) = Publisher::memory("scanner");
    let objects = MemoryObjects::default();
    let scan = body("Scan", &json!({ "pixels": "#".repeat(2 << 20) }));
    for bucket in ["scans", "elsewhere"] {
        objects.insert(Pointer::new(bucket, "1"), scan.clone());
    }
    let consumer = claim_check::consumer(ClaimCheck::new(objects).bucket("scans"), archive);
    let record = |(id, bucket): (&str, &str)| {
        let class = "software.amazon.payloadoffloading.PayloadS3Pointer";
        let pointer = json!([class, { "s3BucketName": bucket, "s3Key": "1" }]).to_string();
        json!({"messageId": id, "receiptHandle": "h", "body": pointer, "eventSource": "aws:sqs", "attributes": {},
            "messageAttributes": {"ExtendedPayloadSize": {"dataType": "Number", "stringValue": "2097152"}},
            "eventSourceARN": "arn:aws:sqs:eu-central-1:000000000000:Scans"})
    };
    let records: Value = [("1", "scans"), ("2", "elsewhere")].map(record).into_iter().collect();
    let response = consumer.handle_event(&json!({ "Records": records }).to_string(), None).await;
    assert_eq!(response.expect("the batch is answered").failed().collect::<Vec<_>>(), ["2"]);
    let pixels: Vec<_> = sent.messages().iter().map(|message| message.body.len() >> 20).collect();
    assert_eq!(pixels, [2]);
}

#[tokio::test]
async fn outbox_publishes_what_lies_in_it_from_the_stream_and_by_schedule() {
    let (events, sent) = Publisher::memory("orders");
    let long_ago = Clock::new(|| jiff::Timestamp::UNIX_EPOCH, || "m-swept".to_owned());
    let swept = events.clone().clock(long_ago).prepare(&Note {}.into_draft()).expect("it is prepared");
    let streamed = events.prepare(&Note {}.into_draft()).expect("it is prepared");
    let outbox = MemoryOutbox::default();
    outbox.write("events", &swept);
    outbox.write("events", &streamed);
    let consumer = outbox::consumer(outbox.clone(), events);

    let entry = Entry::new("events", &streamed, jiff::Timestamp::UNIX_EPOCH);
    let Ok(Value::Object(item)) = serde_json::to_value(&entry) else { panic!("an entry is an item") };
    let image: Value = item.into_iter().map(|(name, text)| (name, json!({ "S": text }))).collect();
    let change = json!({"Records": [{"eventID": "1", "eventName": "INSERT", "eventSource": "aws:dynamodb",
        "dynamodb": {"Keys": {"id": {"S": entry.id}}, "NewImage": image, "SequenceNumber": "1", "StreamViewType": "NEW_IMAGE"}}]});
    let response = consumer.handle_event(&change.to_string(), None).await.expect("the stream is read");
    assert_eq!(response.failed().count(), 0);
    let tick = include_str!("../../../events/schedule/sweep.json");
    consumer.handle_event(tick, None).await.expect("the schedule is heard");

    let ids: Vec<_> = sent.messages().into_iter().map(|message| message.header.id).collect();
    assert_eq!(ids, [streamed.header.id, swept.header.id]);
    let left = outbox.pending(jiff::Timestamp::MAX, 10).await.expect("it can be read");
    assert_eq!(left, [], "what is published is taken out");
}

#[tokio::test]
async fn payment_is_taken_once_and_its_receipt_keeps_its_id() {
    let (receipts, sent) = Publisher::memory("till");
    let consumer = payment::consumer(MemoryClaims::default(), receipts);
    for delivery in ["1", "2"] {
        assert!(failed(&consumer, &[(delivery, "", body("Payment", &json!(["o-1", 20])))]).await.is_empty());
    }
    let ids: Vec<_> = sent.messages().into_iter().map(|message| message.header.id).collect();
    assert!(!ids.is_empty() && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
    let other = body("Payment", &json!(["o-1", 30]));
    assert_eq!(failed(&consumer, &[("3", "", other)]).await, ["3"], "the key is taken by another amount");
    assert_eq!(sent.messages().len(), ids.len());
}

#[tokio::test]
async fn observed_tells_what_may_be_seen_and_no_more() {
    LazyLock::force(&LOGGING);
    let lines = Arc::new(Mutex::new(String::new()));
    let written = Arc::clone(&lines);
    let metrics = Metrics::new("Shop").and_then(|metrics| metrics.dimension("Stage", "test")).expect("both are names");
    let metrics = metrics.to(move |line| written.lock().unwrap_or_else(PoisonError::into_inner).push_str(line));
    let card = "4242424242424242";
    let message = body("Payment", &json!({"order": "observed-1", "card": card}));
    assert!(failed(&observed::consumer(metrics), &[("1", "", message)]).await.is_empty());
    let metrics = lines.lock().unwrap_or_else(PoisonError::into_inner).clone();
    assert!(metrics.contains(r#""Stage":"test""#) && metrics.contains(r#""Namespace":"Shop""#), "{metrics}");
    assert!(logged("observed-1").contains("digits=16"), "{}", logged("observed-1"));
    assert!(!logged("").contains(card) && !metrics.contains(card), "{}", logged(""));
}

fn parcel(millis: u64) -> String {
    body("Parcel", &json!({ "answer_millis": millis }))
}

#[tokio::test(start_paused = true)]
async fn breaker_leaves_the_carrier_alone_after_five_timeouts() {
    let aside = Aside::default();
    let consumer = breaker::consumer(MemoryCircuits::default(), aside.clone());
    assert!(failed(&consumer, &[("first", "", parcel(10))]).await.is_empty());
    let slow = ["1", "2", "3", "4", "5"].map(|id| (id, "", parcel(60_000)));
    let began = tokio::time::Instant::now();
    assert_eq!(failed(&consumer, &slow).await.len(), 5);
    assert_eq!(began.elapsed(), Duration::from_secs(2), "all at a time, and none for longer");
    assert!(failed(&consumer, &[("last", "", parcel(10))]).await.is_empty());
    assert_eq!(aside.notes().last().map(String::as_str), Some("put back last"));
}

#[tokio::test(start_paused = true)]
async fn a_breaker_inside_its_timeout_never_opens() {
    let aside = Aside::default();
    let hang = async |_: Message<Note>| -> Result<(), Failure> { std::future::pending().await };
    let timeout = Timeout::new(Duration::from_secs(2));
    let consumer = Consumer::new(hang).layer(timeout).layer(CircuitBreaker::new("carrier")).redelivery(aside.clone());
    for _ in 0..10 {
        assert_eq!(failed(&consumer, &[("1", "", body("Note", &json!({})))]).await, ["1"]);
    }
    assert!(aside.notes().iter().all(|note| note == "hold 1"), "{:?}", aside.notes());
}

#[tokio::test]
async fn routed_takes_each_type_to_its_handler_and_skips_the_others() {
    LazyLock::force(&LOGGING);
    let event = |kind: &str, order: &str| {
        let metadata = json!({"id": order, "type": kind, "source": "shop"});
        json!({"version": "0", "id": order, "detail-type": kind, "source": "shop", "account": "000000000000",
            "time": "2026-11-25T09:00:00Z", "region": "eu-central-1", "resources": [],
            "detail": {"metadata": metadata, "data": order}})
        .to_string()
    };
    let foreign = body("Shipped", &json!("routed-4"));
    let records = [
        ("1", "", event("Shipped", "routed-1")),
        ("2", "", event("Returned", "routed-2")),
        ("3", "", event("RoutedLost", "routed-3")),
        ("4", "", foreign),
    ];
    assert_eq!(failed(&routed::consumer(), &records).await, ["4"], "it did not come from the bus");
    assert!(logged("routed-1").contains("left the house"), "{}", logged("routed-1"));
    assert!(logged("routed-2").contains("came back"), "{}", logged("routed-2"));
    assert!(logged("RoutedLost").contains("skipped"), "{}", logged("RoutedLost"));
}

#[derive(serde::Serialize, serde::Deserialize, Payload)]
struct Note {}

fn body(kind: &str, data: &Value) -> String {
    json!({"specversion": "1.0", "id": "m", "type": kind, "source": "test", "subject": "s-1", "data": data}).to_string()
}

/// What is reported as failed of an SQS event of records given as (message id, group, body).
async fn failed(consumer: &Consumer, records: &[(&str, &str, String)]) -> Vec<String> {
    let records = records.iter().map(|(id, group, body)| {
        let queue = if group.is_empty() { "Work" } else { "Work.fifo" };
        let mut attributes = json!({"ApproximateReceiveCount": "1"});
        if !group.is_empty() {
            attributes["MessageGroupId"] = json!(group);
        }
        json!({"messageId": id, "receiptHandle": "h", "body": body, "eventSource": "aws:sqs", "attributes": attributes,
            "eventSourceARN": format!("arn:aws:sqs:eu-central-1:000000000000:{queue}")})
    });
    let event = json!({ "Records": records.collect::<Value>() }).to_string();
    let response = consumer.handle_event(&event, None).await.expect("the batch is answered");
    response.failed().map(str::to_owned).collect()
}

/// Notes what a queue is asked to do.
#[derive(Clone, Debug, Default)]
struct Aside(Arc<Mutex<Vec<String>>>);

impl Aside {
    fn note(&self, line: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    fn notes(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Redelivery for Aside {
    fn hold<'a>(&'a self, holds: &'a [Hold<'a>]) -> BoxFuture<'a, Vec<Result<(), RedeliveryError>>> {
        for hold in holds {
            self.note(format!("hold {}", hold.delivery.id));
        }
        ready(holds.iter().map(|_| Ok(())).collect()).boxed()
    }

    fn reject<'a>(&'a self, rejection: &'a Rejection<'a>) -> BoxFuture<'a, Result<(), RedeliveryError>> {
        self.note(format!("reject {}: {}", rejection.delivery.id, rejection.reason.message));
        ready(Ok(())).boxed()
    }

    fn put_back<'a>(&'a self, delivery: &'a Delivery<'a>, _: Duration) -> BoxFuture<'a, Result<(), RedeliveryError>> {
        self.note(format!("put back {}", delivery.id));
        ready(Ok(())).boxed()
    }
}

/// What all tests of this process logged: a subscriber of one thread would miss what another thread met first.
static LOG: Mutex<Vec<u8>> = Mutex::new(Vec::new());

static LOGGING: LazyLock<()> = LazyLock::new(|| {
    let subscriber = tracing_subscriber::fmt().with_writer(|| Log).with_ansi(false).finish();
    tracing::subscriber::set_global_default(subscriber).expect("it is the only one");
});

struct Log;

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The lines with this word.
fn logged(word: &str) -> String {
    let log = String::from_utf8_lossy(&LOG.lock().unwrap_or_else(PoisonError::into_inner)).into_owned();
    log.lines().filter(|line| line.contains(word)).collect::<Vec<_>>().join("\n")
}
