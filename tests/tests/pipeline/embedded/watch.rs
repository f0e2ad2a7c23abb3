//! Every sample event through `cargo lambda watch` and `cargo lambda invoke`.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use aqueduct::aws::DynamoDbStatuses;
use aqueduct::status::{Status, Statuses as _};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::process::{Child, Command};

use super::ORDERS;
use crate::events::{self, Sample};
use crate::support::{Stack, eventually};
use crate::tools::tool;

/// A running `cargo lambda watch`, ended with everything that it started.
struct Watch {
    child: Child,
    port: u16,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(id) = self.child.id() {
            let _ = std::process::Command::new("kill").args(["-TERM", "--", &format!("-{id}")]).status();
        }
    }
}

fn cargo_lambda() -> Command {
    let mut command = tool("cargo-lambda");
    command.arg("lambda").current_dir(root()).kill_on_drop(true);
    command
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

async fn watch(settings: &Path) -> Watch {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut command = cargo_lambda();
    command.args(["watch", "--invoke-address", "127.0.0.1", "--invoke-port", &port.to_string(), "--env-file"]);
    command.arg(settings).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    let watch = Watch { child: command.spawn().unwrap(), port };
    eventually("cargo-lambda to listen", async || tokio::net::TcpStream::connect(("127.0.0.1", port)).await.ok()).await;
    watch
}

impl Watch {
    async fn invoke(&self, sample: &Sample) -> Value {
        let mut command = cargo_lambda();
        command.args(["invoke", &sample.function, "--invoke-address", "127.0.0.1"]);
        command.args(["--invoke-port", &self.port.to_string(), "--data-file"]);
        command.arg(root().join("events").join(&sample.file));
        let output = tokio::time::timeout(Duration::from_mins(5), command.output()).await;
        let output =
            output.unwrap_or_else(|_| panic!("{} did not answer to {}", sample.function, sample.file)).unwrap();
        let talk = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{} at {}: {talk}", sample.file, sample.function);
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

/// The settings that the template gives the functions of a running stack, as a file of one line each.
fn settings(stack: &Stack) -> String {
    let mut settings: BTreeMap<_, _> =
        stack.topology().functions.iter().flat_map(|function| function.environment.clone()).collect();
    settings.insert("AWS_ENDPOINT_URL".to_owned(), stack.local().endpoint().to_owned());
    settings.insert("AWS_REGION".to_owned(), "us-east-1".to_owned());
    settings.insert("AQUEDUCT_HTTP_BUFFERED".to_owned(), "true".to_owned());
    for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"] {
        settings.insert(name.to_owned(), "test".to_owned());
    }
    settings.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_function_answers_to_its_samples_under_cargo_lambda() {
    let stack = Stack::embedded(ORDERS).await;
    let statuses = DynamoDbStatuses::new(stack.dynamodb().await, stack.resource("StatusTable"));
    for order in events::ORDERS {
        let received = Status::new(order, "ada@example.com", &orders::received(), Timestamp::UNIX_EPOCH);
        statuses.open(received).await.unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("settings.env");
    std::fs::write(&file, settings(&stack)).unwrap();
    let watch = watch(&file).await;
    for sample in events::samples() {
        let answer = watch.invoke(&sample).await;
        match sample.outcome.parse::<u16>() {
            // The order of this sample was placed above.
            Ok(404) if sample.file == "http/order-status.json" => assert_eq!(answer["statusCode"], 200),
            Ok(status) => assert_eq!(answer["statusCode"], status, "{}", sample.file),
            // A poison record is done with once the function has taken it to its dead-letter queue.
            Err(_) => assert_eq!(answer, json!({"batchItemFailures": []}), "{}", sample.file),
        }
    }
    assert_eq!(stack.count("OrdersDlq").await, 1, "the poison record");
    drop(watch);
    stack.end().await;
}
