//! What is done for a request belongs to it, up to the last piece of its answer.

use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};
use serde_json::json;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::*;
use crate::publish::Sent;
use crate::{Payload, Publisher};

const CALLER: &str = "0af7651916cd43dd8448eb211c80319c";

#[derive(Serialize, Deserialize)]
struct Seen {}

impl Payload for Seen {
    const TYPE: &'static str = "Seen";
}

fn asked(path: &str) -> LambdaEvent<Box<RawValue>> {
    let event = json!({"version": "2.0", "rawPath": path, "requestContext": {"http": {"method": "GET"}},
        "headers": {"traceparent": format!("00-{CALLER}-b7ad6b7169203331-01")}});
    let mut context = lambda_runtime::Context::default();
    context.request_id = "r-1".to_owned();
    LambdaEvent::new(RawValue::from_string(event.to_string()).unwrap(), context)
}

/// Answers with two pieces. At each a message is published and a line logged.
fn two_pieces(publisher: &Publisher) -> Answer {
    let publisher = publisher.clone();
    let pieces = stream::iter(["a", "b"]).then(move |piece| {
        let publisher = publisher.clone();
        async move {
            publisher.publish(Seen {}).await.unwrap();
            tracing::info!(piece, "told");
            tracing::info_span!("telling").in_scope(|| piece.to_owned())
        }
    });
    Streamed::new("text/plain", pieces).into()
}

/// `tracing` keeps for each span of the code who is interested, and may miss a subscriber that begins on another thread while a span is
/// met for the first time.
static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

async fn streamed_answer() -> (Response, Sent) {
    let (publisher, sent) = Publisher::memory("test");
    let handler = move |_| {
        let answer = two_pieces(&publisher);
        async move { answer }
    };
    let answer = answered(handler, asked("/events"), &Clock::system()).await.unwrap();
    assert!(sent.messages().is_empty(), "the pieces are made when they are asked for");
    (answer.gathered().await, sent)
}

#[tokio::test]
async fn pieces_are_made_within_the_trace_of_their_request_and_logged_as_its_own() {
    let _alone = ONE_AT_A_TIME.lock().await;
    let lines = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&lines);
    let sink = Arc::new(move |line: &str| kept.lock().unwrap().push(line.to_owned()));
    let log = crate::observe::logs::lines_of(Clock::system(), sink);
    let _log = tracing_subscriber::registry().with(log).set_default();
    let (response, sent) = streamed_answer().await;
    assert_eq!((response.status_code, response.body.as_str()), (200, "ab"));
    let traces: Vec<_> =
        sent.messages().iter().map(|sent| TraceContext::of(&sent.header).unwrap().trace_id()).collect();
    assert_eq!(traces, [CALLER, CALLER]);
    let lines: Vec<_> = lines.lock().unwrap().iter().filter(|line| line.contains("\"told\"")).cloned().collect();
    assert!(lines.len() == 2 && lines.iter().all(|line| line.contains(r#""requestId":"r-1""#)), "{lines:?}");
}

#[cfg(feature = "otel")]
#[path = "../../../tests/otel/collector.rs"]
mod collector;

#[cfg(feature = "otel")]
mod exported {
    use std::time::Duration;

    use opentelemetry_proto::tonic::trace::v1::Span;
    use opentelemetry_proto::tonic::trace::v1::span::SpanKind;

    use super::*;
    use crate::observe::Traces;

    /// One test, because a process exports to one collector.
    #[tokio::test]
    async fn a_request_is_a_span_that_ends_with_its_last_piece() {
        let _alone = ONE_AT_A_TIME.lock().await;
        let collector = collector::Collector::start().await;
        let traces = Traces::to(collector.endpoint()).unwrap().within(Duration::from_secs(10));
        let _traced = tracing_subscriber::registry().with(traces.install().unwrap()).set_default();
        let spans = || -> Vec<Span> {
            collector.taken().into_iter().flat_map(|got| got.scope_spans).flat_map(|scope| scope.spans).collect()
        };
        let said = |span: &Span| format!("{:?}", span.attributes);

        streamed_answer().await;
        let told = spans();
        let request = told.iter().find(|span| span.name == "GET").expect("the request's span");
        assert_eq!(request.kind(), SpanKind::Server);
        let caller = u128::from_str_radix(CALLER, 16).unwrap().to_be_bytes();
        assert_eq!(request.trace_id, caller, "it goes on with its caller's trace");
        for (name, value) in [("url.path", "/events"), ("http.response.status_code", "200"), ("faas.trigger", "http")] {
            assert!(said(request).contains(name) && said(request).contains(value), "{name}: {}", said(request));
        }
        for (name, count) in [("telling", 2), ("send memory", 2)] {
            // Other tests publish within this process, too.
            let is_within = |span: &&Span| span.name == name && span.parent_span_id == request.span_id;
            let within: Vec<_> = told.iter().filter(is_within).collect();
            assert_eq!(within.len(), count, "{name}");
            let last = within.iter().map(|span| span.end_time_unix_nano).max().unwrap();
            assert!(request.end_time_unix_nano >= last, "{name} is over before the request is");
        }

        let broken = |_| async { Response::empty(503) };
        let answer = answered(broken, asked("/orders"), &Clock::system()).await.unwrap();
        assert_eq!(answer.status_code(), 503);
        let told = spans();
        let request = told.iter().find(|span| span.name == "GET").expect("the request's span");
        assert!(said(request).contains("error.type") && said(request).contains("503"), "{}", said(request));
        assert_eq!(request.status.as_ref().map(|status| status.code), Some(2), "an error");
    }
}
