//! How long it takes from `SendMessage` to a warm function's first line, through sockets and a process of its own.
//!
//! Run it with `cargo run --release --example latency`, which also builds the function, the example `probe`.

#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "a measurement, which reads the clock and tells")]

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use aqueduct_local::{Event, Local, Options, Sockets};
use aqueduct_topology::Deployment;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::json;
use tokio::sync::broadcast::Receiver;

type Failure = Box<dyn std::error::Error>;

/// Messages before the measurement, and those that are measured.
const WARM_UP: usize = 50;
const MEASURED: usize = 500;

const TEMPLATE: &str = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Jobs: { Type: AWS::SQS::Queue }
  Probe:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: .
      Handler: bootstrap
      Runtime: provided.al2023
      Timeout: 10
      Events: { Jobs: { Type: SQS, Properties: { Queue: !GetAtt Jobs.Arn, BatchSize: 1 } } }
";

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let (draft, _) = aqueduct_topology::read(TEMPLATE, &Deployment::default());
    let sockets = Sockets::bind(&draft, 0, 0)?;
    let (topology, _) = aqueduct_topology::read(TEMPLATE, &sockets.deployment(Deployment::default()));
    let probe = std::env::current_exe()?.with_file_name("probe");
    let options = Options { executables: BTreeMap::from([("Probe".to_owned(), probe)]), ..Options::default() };
    let local = Local::start(&topology, sockets, options).await?;
    let (client, mut events) = (Client::builder(TokioExecutor::new()).build_http(), local.events());
    let queue = topology.queues.first().map(|queue| queue.url.clone()).unwrap_or_default();
    let mut times = Vec::with_capacity(MEASURED);
    for turn in 0..WARM_UP + MEASURED {
        let took = once(&client, local.endpoint(), &queue, turn, &mut events).await?;
        if turn >= WARM_UP {
            times.push(took);
        }
        local.idle().await?;
    }
    times.sort_unstable();
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
    println!("SQS to a warm function's first line: median {:?}, p90 {:?}, p99 {:?}", at(50), at(90), at(99));
    local.shutdown().await;
    Ok(())
}

/// Sends a message and waits for the line that its function writes.
async fn once(
    client: &Client<HttpConnector, Full<Bytes>>,
    endpoint: &str,
    queue: &str,
    turn: usize,
    events: &mut Receiver<Event>,
) -> Result<Duration, Failure> {
    let subject = format!("job-{turn}");
    let order = json!({ "do": "describe", "subject": subject }).to_string();
    let request = http::Request::post(endpoint)
        .header("x-amz-target", "AmazonSQS.SendMessage")
        .header("content-type", "application/x-amz-json-1.0")
        .body(Full::from(json!({ "QueueUrl": queue, "MessageBody": order }).to_string()))?;
    let start = Instant::now();
    let response = client.request(request).await?;
    response.into_body().collect().await?;
    loop {
        if let Event::Log(line) = events.recv().await?
            && line.subject.as_deref() == Some(subject.as_str())
        {
            return Ok(start.elapsed());
        }
    }
}
