use aqueduct_message::{Header, Message};
use serde::{Deserialize, Serialize};

use super::TraceContext;
use crate::{Consumer, Failure, Payload, Publisher};

#[derive(Serialize, Deserialize)]
struct Step {}

impl Payload for Step {
    const TYPE: &'static str = "Step";
}

const ARRIVED: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const XRAY: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

fn event(message: &serde_json::Value, trace: &str) -> String {
    serde_json::json!({"Records": [{
        "messageId": "d-1", "eventSource": "aws:sqs", "body": message.to_string(),
        "attributes": {"ApproximateReceiveCount": "1", "AWSTraceHeader": trace},
    }]})
    .to_string()
}

/// What a handler publishes that says where its message comes from, and then one that does not.
async fn headers_after(message: &serde_json::Value, trace: &str) -> [Header; 2] {
    let (publisher, sent) = Publisher::memory("test");
    let handler = move |message: Message<Step>| {
        let publisher = publisher.clone();
        async move {
            publisher.publish(message.followed_by(Step {})).await?;
            publisher.publish(Step {}).await?;
            Ok::<_, Failure>(())
        }
    };
    let response = Consumer::new(handler).handle_event(&event(message, trace), None).await.expect("handled");
    assert_eq!(response, crate::consume::Response::default());
    let headers: Vec<Header> = sent.messages().into_iter().map(|message| message.header).collect();
    headers.try_into().expect("two messages")
}

#[tokio::test]
async fn every_publish_goes_on_with_the_trace() {
    let message = |traceparent: &str| {
        serde_json::json!({"specversion": "1.0", "id": "m-1", "type": "Step", "source": "s", "data": {},
            "traceparent": traceparent, "tracestate": "vendor=opaque"})
    };
    let cases = [
        (
            message(ARRIVED),
            XRAY,
            Some("0af7651916cd43dd8448eb211c80319c"),
            Some("vendor=opaque"),
            "what the message says",
        ),
        (message("00-bad"), XRAY, Some("5759e988bd862e3fe1be46a994272793"), None, "what SQS says"),
        (
            serde_json::json!({}),
            XRAY,
            Some("5759e988bd862e3fe1be46a994272793"),
            None,
            "a producer that knows nothing of us",
        ),
        (message("00-bad"), "Sampled=0", None, None, "nobody says anything"),
    ];
    for (message, xray, trace, state, why) in cases {
        let sent = headers_after(&message, xray).await;
        let contexts = sent.each_ref().map(|header| TraceContext::of(header).expect("every message has its place"));
        for context in &contexts {
            assert!(context.is_sampled() && context.traceparent() != ARRIVED, "{why}");
            assert_eq!(context.tracestate(), state, "{why}");
            if let Some(trace) = trace {
                assert_eq!(context.trace_id(), trace, "{why}");
            }
        }
        assert_ne!(contexts[0].traceparent(), contexts[1].traceparent(), "{why}: each is a child of its own");
    }
}
