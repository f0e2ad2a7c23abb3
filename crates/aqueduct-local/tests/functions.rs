//! Functions as processes: what they are told, and what becomes of those that crash, hang or do not start.

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a test, which compares with the real time")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::time::Duration;

use aqueduct_local::{Event, Local, Options, Signal, Sockets};
use aqueduct_services::What;
use aqueduct_topology::Deployment;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tokio::io::AsyncBufReadExt;
use tokio::sync::broadcast::Receiver;

const TEMPLATE: &str = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Probe:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: .
      Handler: bootstrap
      Runtime: provided.al2023
      Timeout: 2
      MemorySize: 256
      FunctionUrlConfig: { AuthType: NONE }
      Environment: { Variables: { GREETING: hello } }
";

/// The example beside this test, which cargo builds with it.
fn probe() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    own.parent().unwrap().parent().unwrap().join("examples/probe")
}

struct Run {
    local: Local,
    events: Receiver<Event>,
}

impl Run {
    async fn start(variables: &[(&str, &str)]) -> Self {
        let (draft, diagnostics) = aqueduct_topology::read(TEMPLATE, &Deployment::default());
        assert!(diagnostics.is_empty(), "{diagnostics:?}");
        let sockets = Sockets::bind(&draft, 0, 0).unwrap();
        let (topology, _) = aqueduct_topology::read(TEMPLATE, &sockets.deployment(Deployment::default()));
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let options = Options {
            executables: BTreeMap::from([("Probe".to_owned(), probe())]),
            environment: BTreeMap::from([("Probe".to_owned(), variables)]),
            ..Options::default()
        };
        let local = Local::start(&topology, sockets, options).await.unwrap();
        let events = local.events();
        Self { local, events }
    }

    /// What the function URL answers.
    fn ask(&self, order: &Value) -> impl Future<Output = (u16, Value)> + Send + use<> {
        let request = http::Request::post(self.local.function_url("Probe").unwrap())
            .header("content-type", "application/json")
            .body(Full::new(bytes::Bytes::from(order.to_string())))
            .unwrap();
        async move {
            let client = Client::builder(TokioExecutor::new()).build_http();
            let response = client.request(request).await.unwrap();
            let status = response.status().as_u16();
            let body = response.into_body().collect().await.unwrap().to_bytes();
            (status, serde_json::from_slice(&body).unwrap_or_default())
        }
    }

    /// The first event that `wanted` takes.
    async fn wait<T>(&mut self, mut wanted: impl FnMut(Event) -> Option<T>) -> T {
        let search = async {
            loop {
                if let Some(found) = wanted(self.events.recv().await.unwrap()) {
                    return found;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(20), search).await.expect("the event comes")
    }

    async fn failure(&mut self) -> (String, String) {
        self.wait(|event| match event {
            Event::Note(note) => match note.what {
                What::Failed { error_type, message } => Some((error_type, message)),
                _ => None,
            },
            _ => None,
        })
        .await
    }
}

fn is_alive(pid: u64) -> bool {
    // A zombie is dead, but has a folder until it is waited for.
    let status = std::fs::read_to_string(format!("/proc/{pid}/stat"));
    status.is_ok_and(|status| !status.contains(") Z "))
}

async fn gone(pid: u64) {
    let wait = async {
        while is_alive(pid) {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), wait).await.expect("the process ends");
}

#[tokio::test]
async fn a_function_is_told_what_lambda_tells() {
    let run = Run::start(&[]).await;
    let before = std::time::SystemTime::now();
    let (status, answer) = run.ask(&json!({"do": "describe"})).await;
    assert_eq!(status, 200, "{answer}");
    let environment = &answer["environment"];
    let region = environment["AWS_REGION"].as_str().unwrap();
    let name = environment["AWS_LAMBDA_FUNCTION_NAME"].as_str().unwrap();
    assert_eq!(environment["GREETING"], "hello");
    assert_eq!(environment["AWS_ENDPOINT_URL"], run.local.endpoint());
    assert_eq!(environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"], "256");
    assert_eq!(environment["AWS_LAMBDA_FUNCTION_VERSION"], "$LATEST");
    assert_eq!(environment["_HANDLER"], "bootstrap");
    assert!(environment.get("CARGO_MANIFEST_DIR").is_none(), "the environment starts empty");
    assert_eq!(answer["arn"], format!("arn:aws:lambda:{region}:000000000000:function:{name}"));
    assert!(answer["trace_id"].as_str().unwrap().starts_with("Root=1-"));
    let left = Duration::from_millis(answer["deadline"].as_u64().unwrap())
        .checked_sub(before.duration_since(std::time::UNIX_EPOCH).unwrap())
        .unwrap();
    assert!(left > Duration::from_secs(1) && left < Duration::from_secs(12), "{left:?}");
    run.local.shutdown().await;
}

#[tokio::test]
async fn warm_processes_are_used_again_and_concurrent_ones_are_apart() {
    let run = Run::start(&[]).await;
    let (_, first) = run.ask(&json!({"do": "describe"})).await;
    let (_, second) = run.ask(&json!({"do": "describe"})).await;
    assert_eq!(first["pid"], second["pid"]);
    assert_ne!(first["request_id"], second["request_id"]);
    let slow = || run.ask(&json!({"do": "sleep", "millis": 300}));
    let ((_, one), (_, two), (_, three)) = tokio::join!(slow(), slow(), slow());
    let pids: BTreeSet<u64> = [one, two, three].iter().map(|answer| answer["pid"].as_u64().unwrap()).collect();
    assert_eq!(pids.len(), 3);
    run.local.shutdown().await;
    for pid in pids {
        gone(pid).await;
    }
}

#[tokio::test]
async fn a_process_that_ends_fails_its_invocation() {
    let mut run = Run::start(&[]).await;
    for (order, error_type, words) in [
        ("crash", "Runtime.ExitError", "Runtime exited with error: exit status 7"),
        ("leave", "Runtime.ExitError", "Runtime exited without providing a reason"),
        ("panic", "", "asked to panic"),
        ("refuse", "", "asked to refuse"),
    ] {
        let (status, _) = run.ask(&json!({"do": order})).await;
        assert_eq!(status, 502, "{order}");
        let (found, message) = run.failure().await;
        assert!(found.contains(error_type) && message.contains(words), "{order}: {found}: {message}");
    }
    let (status, _) = run.ask(&json!({"do": "describe"})).await;
    assert_eq!(status, 200, "the function works on in a new process");
    run.local.shutdown().await;
}

#[tokio::test]
async fn the_timeout_ends_the_whole_process_group() {
    let mut run = Run::start(&[]).await;
    let asked = tokio::spawn(run.ask(&json!({"do": "hang", "subject": "o-1"})));
    let child = run
        .wait(|event| match event {
            Event::Log(line) => line.fields.get("child").and_then(Value::as_u64),
            _ => None,
        })
        .await;
    assert!(is_alive(child));
    let (error_type, message) = run.failure().await;
    assert_eq!(error_type, "Sandbox.Timedout");
    assert!(message.contains("Task timed out after 2.00 seconds"), "{message}");
    assert_eq!(asked.await.unwrap().0, 502);
    gone(child).await;
    run.local.shutdown().await;
}

#[tokio::test]
async fn a_signal_ends_an_invocation_under_way() {
    let mut run = Run::start(&[]).await;
    let asked = tokio::spawn(run.ask(&json!({"do": "sleep", "millis": 1500, "subject": "o-2"})));
    let line = run
        .wait(|event| match event {
            Event::Log(line) if line.message == "at work" => Some(line),
            _ => None,
        })
        .await;
    assert_eq!(line.subject.as_deref(), Some("o-2"));
    assert!(line.request_id.is_some());
    assert_eq!(run.local.signal("Probe", Signal::KILL), Ok(1));
    let (error_type, message) = run.failure().await;
    assert_eq!(error_type, "Runtime.ExitError");
    assert!(message.ends_with("signal: killed"), "{message}");
    assert_eq!(asked.await.unwrap().0, 502);
    run.local.shutdown().await;
}

#[tokio::test]
async fn a_failed_start_is_tried_once_more_and_told_with_its_last_lines() {
    let mut run = Run::start(&[("PROBE_FAILS_TO_START", "no database")]).await;
    let (status, _) = run.ask(&json!({"do": "describe"})).await;
    assert_eq!(status, 502);
    let mut attempts = Vec::new();
    while attempts.last() != Some(&true) {
        let (lines, is_final) = run
            .wait(|event| match event {
                Event::InitFailed { last_lines, is_final, .. } => Some((last_lines, is_final)),
                _ => None,
            })
            .await;
        assert_eq!(lines, ["the probe cannot start: no database"]);
        attempts.push(is_final);
    }
    assert_eq!(attempts, [false, true]);
    run.local.shutdown().await;
}

#[tokio::test]
async fn a_stopped_function_fails_until_it_is_started() {
    let run = Run::start(&[]).await;
    let (_, warm) = run.ask(&json!({"do": "describe"})).await;
    run.local.stop_function("Probe").unwrap();
    gone(warm["pid"].as_u64().unwrap()).await;
    assert_eq!(run.ask(&json!({"do": "describe"})).await.0, 502);
    run.local.start_function("Probe").unwrap();
    assert_eq!(run.ask(&json!({"do": "describe"})).await.0, 200);
    assert!(run.local.stop_function("Nobody").is_err());
    run.local.shutdown().await;
}

#[tokio::test]
async fn dropping_the_run_ends_its_processes() {
    let run = Run::start(&[]).await;
    let (_, answer) = run.ask(&json!({"do": "describe"})).await;
    let pid = answer["pid"].as_u64().unwrap();
    assert!(is_alive(pid));
    drop(run);
    gone(pid).await;
}

#[tokio::test]
async fn a_body_over_the_limit_is_a_problem() {
    let run = Run::start(&[]).await;
    let (status, problem) = run.ask(&json!({"do": "x".repeat(10 * 1024 * 1024)})).await;
    assert_eq!((status, &problem["status"]), (413, &json!(413)));
    run.local.shutdown().await;
}

/// Runs in a process of its own, which the next test kills.
#[tokio::test]
#[ignore = "the other half of a_killed_host_takes_its_processes_along"]
async fn host() {
    let mut run = Run::start(&[]).await;
    let _asked = tokio::spawn(run.ask(&json!({"do": "hang"})));
    let hanging = |event| match event {
        Event::ProcessStarted { pid, .. } => Some(u64::from(pid)),
        Event::Log(line) => line.fields.get("child").and_then(Value::as_u64),
        _ => None,
    };
    let pids = (run.wait(hanging).await, run.wait(hanging).await);
    println!("\nhanging: {} {}", pids.0, pids.1);
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_killed_host_takes_its_processes_along() {
    let mut host = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "host", "--ignored", "--nocapture"])
        .stdout(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = tokio::io::BufReader::new(host.stdout.take().unwrap()).lines();
    let pids: Vec<u64> = loop {
        let line = lines.next_line().await.unwrap().expect("the host tells its processes");
        if let Some(pids) = line.strip_prefix("hanging: ") {
            break pids.split(' ').map(|pid| pid.parse().unwrap()).collect();
        }
    };
    assert!(pids.iter().all(|pid| is_alive(*pid)));
    host.kill().await.unwrap();
    for pid in pids {
        gone(pid).await;
    }
}
