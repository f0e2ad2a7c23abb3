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

use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde_json::{Value, json};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    if let Ok(reason) = std::env::var("PROBE_FAILS_TO_START") {
        eprintln!("the probe cannot start: {reason}");
        std::process::exit(3);
    }
    lambda_runtime::run(service_fn(handle)).await
}

async fn handle(event: LambdaEvent<Value>) -> Result<Value, Error> {
    let Some(records) = event.payload["Records"].as_array() else { return obey(&event.payload["body"], &event).await };
    let mut failures = Vec::new();
    for record in records {
        if obey(&record["body"], &event).await? == json!("failed") {
            failures.push(json!({"itemIdentifier": record["messageId"]}));
        }
    }
    Ok(json!({"batchItemFailures": failures}))
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
