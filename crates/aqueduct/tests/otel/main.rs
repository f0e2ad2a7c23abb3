//! Traces as a collector gets them: this process is its own collector.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod collector;

use std::collections::BTreeMap;
use std::time::Duration;

use aqueduct::observe::{self, TraceContext, Traces, TracesError};
use aqueduct::publish::Outgoing;
use aqueduct::{Consumer, Failure, Message, Payload, Publisher};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tracing_subscriber::layer::SubscriberExt as _;

use collector::Collector;

#[derive(Clone, Serialize, Deserialize)]
struct Step {
    next: usize,
}

impl Payload for Step {
    const TYPE: &'static str = "Step";
}

/// Sends as many messages as its message says; of none it is not able to.
async fn step(message: Message<Step>, publisher: Publisher) -> Result<(), Failure> {
    tracing::info_span!("thinking").in_scope(|| tracing::debug!("of what comes next"));
    match message.data.next {
        0 => Err(Failure::retry("there is no next").kind("NoNext")),
        next => {
            publisher.publish_all((0..next).map(|_| message.followed_by(Step { next: 0 }))).await?;
            Ok(())
        }
    }
}

fn event(next: &[(usize, Option<&str>)]) -> String {
    let record = |(n, (next, trace)): (usize, &(usize, Option<&str>))| {
        let message = json!({"specversion": "1.0", "id": format!("e-{n}"), "type": "Step", "source": "shop",
            "correlationid": "talk", "data": {"next": next}, "traceparent": trace});
        json!({"messageId": format!("m-{n}"), "receiptHandle": "h", "eventSource": "aws:sqs", "body": message.to_string(),
            "eventSourceARN": "arn:aws:sqs:eu-central-1:1:Orders", "attributes": {"ApproximateReceiveCount": "2"}})
    };
    json!({"Records": next.iter().enumerate().map(record).collect::<Vec<_>>()}).to_string()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

/// A span's attributes, as text.
fn attributes(span: &Span) -> BTreeMap<String, String> {
    let text = |value: &Value| match value {
        Value::StringValue(text) => text.clone(),
        Value::IntValue(number) => number.to_string(),
        Value::BoolValue(flag) => flag.to_string(),
        other => format!("{other:?}"),
    };
    let value = |value: Option<&Value>| value.map(text).unwrap_or_default();
    span.attributes
        .iter()
        .map(|each| (each.key.clone(), value(each.value.as_ref().and_then(|value| value.value.as_ref()))))
        .collect()
}

fn assert_says(span: &Span, expected: &[(&str, &str)]) {
    let attributes = attributes(span);
    for (name, value) in expected {
        assert_eq!(attributes.get(*name).map(String::as_str), Some(*value), "{name} of {}: {attributes:?}", span.name);
    }
}

/// Links as they stand in `traceparent`: trace and span.
fn links(span: &Span) -> Vec<String> {
    span.links.iter().map(|link| format!("{}-{}", hex(&link.trace_id), hex(&link.span_id))).collect()
}

fn place(span: &Span) -> String {
    format!("{}-{}", hex(&span.trace_id), hex(&span.span_id))
}

const FIRST: &str = "0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331";
const SECOND: &str = "1bf7651916cd43dd8448eb211c80319c-c7ad6b7169203331";
const UNSAMPLED: &str = "2cf7651916cd43dd8448eb211c80319c-d7ad6b7169203331";

/// The span of the record with this id, if it is traced.
fn record<'a>(spans: &'a [Span], id: &str) -> Option<&'a Span> {
    spans.iter().find(|span| attributes(span).get("messaging.message.id").is_some_and(|other| other == id))
}

/// The batch, and each of its records.
fn assert_incoming(spans: &[Span]) {
    let batch = spans.iter().find(|span| attributes(span).contains_key("faas.trigger")).expect("a batch");
    assert_eq!((batch.name.as_str(), batch.kind()), ("process Orders", SpanKind::Consumer));
    assert!(batch.parent_span_id.is_empty());
    assert_eq!(links(batch), [FIRST, SECOND, UNSAMPLED]);
    let common = [("messaging.system", "aws_sqs"), ("messaging.operation.type", "process")];
    assert_says(batch, &common);
    assert_says(batch, &[("messaging.destination.name", "Orders"), ("messaging.batch.message_count", "4")]);

    let record = |id| record(spans, id);
    assert!(record("m-3").is_none(), "who made it does not record its trace");
    for (id, maker) in [("m-0", FIRST), ("m-1", SECOND)] {
        let span = record(id).expect(id);
        assert_eq!((span.name.as_str(), span.kind()), ("process Orders", SpanKind::Consumer));
        assert_eq!(
            format!("{}-{}", hex(&span.trace_id), hex(&span.parent_span_id)),
            maker,
            "it goes on with its trace"
        );
        assert_eq!(links(span), [maker.to_owned(), place(batch)]);
        assert_says(span, &common);
        assert_says(
            span,
            &[
                ("messaging.message.conversation_id", "talk"),
                ("cloudevents.event_type", "Step"),
                ("cloudevents.event_source", "shop"),
                ("aqueduct.outcome", "done"),
                ("aqueduct.receive_count", "2"),
            ],
        );
        let thinking = spans.iter().find(|inner| inner.name == "thinking" && inner.parent_span_id == span.span_id);
        assert!(thinking.is_some(), "a handler's own spans are in the record's");
    }
    let failed = record("m-2").expect("a failed record");
    assert_eq!((&failed.trace_id, &failed.parent_span_id), (&batch.trace_id, &batch.span_id), "it has no other trace");
    assert_says(failed, &[("aqueduct.outcome", "retry"), ("error.type", "NoNext")]);
    assert_eq!(failed.status.as_ref().map(|status| status.message.as_str()), Some("there is no next"));
}

/// What handlers published: one message by itself, then two together, then one that nobody records.
fn assert_outgoing(spans: &[Span], sent: &[Outgoing]) {
    let contexts: Vec<_> = sent.iter().map(|sent| TraceContext::of(&sent.header).expect("a place")).collect();
    let record = |id| record(spans, id);
    let with_place = |context: &TraceContext| {
        let wanted = context.traceparent()[3..52].to_owned();
        spans.iter().find(|span| place(span) == wanted)
    };
    let single = with_place(&contexts[0]).expect("the span of the only message of a sending");
    assert_eq!((single.name.as_str(), single.kind()), ("send memory", SpanKind::Producer));
    assert_eq!(single.parent_span_id, record("m-0").expect("m-0").span_id);
    assert_says(single, &[("messaging.operation.type", "send"), ("cloudevents.event_type", "Step")]);
    let sending = spans.iter().find(|span| span.name == "send memory" && span.kind() == SpanKind::Client);
    let sending = sending.expect("the span of a sending of several");
    assert_eq!(sending.parent_span_id, record("m-1").expect("m-1").span_id);
    assert_says(sending, &[("messaging.batch.message_count", "2"), ("messaging.destination.name", "memory")]);
    for context in &contexts[1..3] {
        let create = with_place(context).expect("the span of each message of a sending");
        assert_eq!((create.name.as_str(), create.kind()), ("create memory", SpanKind::Producer));
        assert!(links(sending).contains(&place(create)));
    }
    assert!(!contexts[3].is_sampled() && with_place(&contexts[3]).is_none());
}

/// One test, because a process exports to one collector.
#[tokio::test]
async fn a_collector_gets_batches_records_and_what_follows_from_them() {
    let collector = Collector::start().await;
    let traces = Traces::to(collector.endpoint()).expect("a URL").service("order-processor");
    let traces = traces.within(Duration::from_secs(10)).attribute("cloud.region", "eu-central-1");
    let layer = traces.install().expect("the first");
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(layer)).expect("the first");
    let again = Traces::to(collector.endpoint()).expect("a URL").install::<tracing_subscriber::Registry>();
    assert!(matches!(again.err(), Some(TracesError::Installed)));

    let (publisher, sent) = Publisher::memory("order-processor");
    let handler = move |message| step(message, publisher.clone());
    let (first, second) = (format!("00-{FIRST}-01"), format!("00-{SECOND}-01"));
    let unsampled = format!("00-{UNSAMPLED}-00");
    let records = [(1, Some(&*first)), (2, Some(&*second)), (0, None), (1, Some(&*unsampled))];
    let response = Consumer::new(handler).handle_event(&event(&records), None).await.expect("a batch");
    assert_eq!(response.failed().collect::<Vec<_>>(), ["m-2"]);
    observe::flush().await;

    let got = collector.taken();
    let resource = &got[0].resource.as_ref().expect("there is one").attributes;
    let service = resource.iter().find(|each| each.key == "service.name").and_then(|each| each.value.clone());
    assert_eq!(service.and_then(|value| value.value), Some(Value::StringValue("order-processor".to_owned())));
    let spans: Vec<Span> = got.into_iter().flat_map(|got| got.scope_spans).flat_map(|scope| scope.spans).collect();

    assert_incoming(&spans);
    assert_outgoing(&spans, &sent.messages());

    observe::flush().await;
    assert!(collector.taken().is_empty(), "nothing is exported twice");

    // A collector that is away costs a warning, and no time.
    drop(collector);
    Consumer::new(|_: Message<Step>| async { Ok(()) }).handle_event(&event(&[(1, None)]), None).await.expect("done");
    observe::flush().await;
}
