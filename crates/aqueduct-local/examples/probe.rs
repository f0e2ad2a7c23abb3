//! A function that does what its event asks for, to test how its process is run.
//!
//! The event is one of a function URL, whose body is `{"do": …}`, or of a queue, whose records have such bodies.

#![expect(
    clippy::exit,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::disallowed_methods,
    reason = "a function that crashes, writes lines as it pleases and tells its own environment"
)]

use std::time::Duration;

use lambda_runtime::streaming::{self, Body};
use lambda_runtime::{Error, FunctionResponse, LambdaEvent, StreamResponse, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    if let Ok(reason) = std::env::var("PROBE_FAILS_TO_START") {
        eprintln!("the probe cannot start: {reason}");
        std::process::exit(3);
    }
    lambda_runtime::run(service_fn(handle)).await
}

async fn handle(event: LambdaEvent<Value>) -> Result<FunctionResponse<Value, Body>, Error> {
    let Some(records) = event.payload["Records"].as_array() else {
        let order: Value = serde_json::from_str(event.payload["body"].as_str().unwrap_or("{}"))?;
        if order["do"] == "stream" {
            return Ok(FunctionResponse::StreamingResponse(stream(order)));
        }
        return Ok(FunctionResponse::BufferedResponse(obey(&event.payload["body"], &event).await?));
    };
    let mut failures = Vec::new();
    for record in records {
        if obey(&record["body"], &event).await? == json!("failed") {
            failures.push(json!({"itemIdentifier": record["messageId"]}));
        }
    }
    Ok(FunctionResponse::BufferedResponse(json!({"batchItemFailures": failures})))
}

/// Streams the first piece, waits until the file `gate` is there, streams the others, and crashes if it shall.
fn stream(order: Value) -> StreamResponse<Body> {
    let (mut sender, body) = streaming::channel();
    let mut response = StreamResponse::from(body);
    let status = order["status"].as_u64().and_then(|status| u16::try_from(status).ok()).unwrap_or(200);
    response.metadata_prelude.status_code = http::StatusCode::from_u16(status).unwrap_or_default();
    tokio::spawn(async move {
        for (index, piece) in order["pieces"].as_array().into_iter().flatten().enumerate() {
            while index == 1 && order["gate"].as_str().is_some_and(|gate| !std::path::Path::new(gate).exists()) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            if sender.send_data(piece.as_str().unwrap_or_default().to_owned().into()).await.is_err() {
                return;
            }
        }
        if order["then"] == "crash" {
            tokio::time::sleep(Duration::from_millis(50)).await;
            std::process::exit(7);
        }
    });
    response
}

async fn obey(order: &Value, event: &LambdaEvent<Value>) -> Result<Value, Error> {
    let order: Value = serde_json::from_str(order.as_str().unwrap_or("{}"))?;
    let subject = order["subject"].as_str().unwrap_or_default();
    println!("{}", json!({"level": "INFO", "message": "at work", "subject": subject}));
    match order["do"].as_str() {
        Some("describe") => Ok(describe(event)),
        Some("sleep") => {
            tokio::time::sleep(Duration::from_millis(order["millis"].as_u64().unwrap_or(0))).await;
            Ok(describe(event))
        }
        Some("crash") => std::process::exit(7),
        Some("leave") => std::process::exit(0),
        Some("panic") => panic!("asked to panic"),
        Some("fail") => Ok(json!("failed")),
        Some("refuse") => Err("asked to refuse".into()),
        Some("hang") => {
            // A child that outlives its parent unless the whole group is killed.
            let child = std::process::Command::new("sleep").arg("300").spawn()?;
            println!("{}", json!({"level": "INFO", "message": "hangs", "child": child.id()}));
            loop {
                std::thread::sleep(Duration::from_secs(1));
            }
        }
        other => Err(format!("the probe cannot do {other:?}").into()),
    }
}

fn describe(event: &LambdaEvent<Value>) -> Value {
    let environment: std::collections::BTreeMap<String, String> = std::env::vars().collect();
    json!({
        "pid": std::process::id(),
        "request_id": event.context.request_id,
        "deadline": event.context.deadline,
        "arn": event.context.invoked_function_arn,
        "trace_id": event.context.xray_trace_id,
        "environment": environment,
    })
}
