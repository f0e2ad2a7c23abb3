//! From a message to the first line of a warm function behind its queue, in a cloud inside this process.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context, bail};
use aqueduct_local::{Event, Local, Options, Sockets};
use aqueduct_topology::{Deployment, Topology};
use tokio::sync::broadcast::Receiver;

use crate::load::{now, percentile};
use crate::report::{Report, short};
use crate::scenario::{PATIENCE, Size};
use crate::sqs::Sqs;

/// The argument that makes this program the function.
pub(crate) const FUNCTION: &str = "aqueduct-bench-function";

/// What the function writes for each batch.
const LINE: &str = "at work";

const TEMPLATE: &str = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Work: { Type: AWS::SQS::Queue }
  Function:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: .
      Handler: bootstrap
      Runtime: provided.al2023
      Events: { Work: { Type: SQS, Properties: { Queue: !GetAtt Work.Arn } } }
";

/// The function: writes a line for each event.
#[expect(clippy::print_stdout, reason = "the log of a function")]
pub(crate) async fn function() -> anyhow::Result<()> {
    let handler = lambda_runtime::service_fn(|_: lambda_runtime::LambdaEvent<serde_json::Value>| async {
        println!("{LINE}");
        Ok::<_, lambda_runtime::Error>(())
    });
    lambda_runtime::run(handler).await.map_err(|error| anyhow::anyhow!("the function ended: {error}"))
}

/// Sends one message after the other and waits for the function's line each time.
pub(crate) async fn run(size: Size, report: &mut Report) -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    let executable = folder.path().join(FUNCTION);
    std::fs::copy(std::env::current_exe()?, &executable).context("cannot copy this program as the function")?;
    let (draft, _) = aqueduct_topology::read(TEMPLATE, &Deployment::default());
    let sockets = Sockets::bind(&draft, 0, 0)?;
    let topology: Topology = aqueduct_topology::read(TEMPLATE, &sockets.deployment(Deployment::default())).0;
    let executables = BTreeMap::from([("Function".to_owned(), executable)]);
    let local = Local::start(&topology, sockets, Options { executables, ..Options::default() }).await?;
    let address: SocketAddr = local.endpoint().trim_start_matches("http://").parse()?;
    let url = &topology.queues.first().context("the template has a queue")?.url;
    let (mut sqs, mut events) = (Sqs::connect(address).await?, local.events());
    let call = sqs.sending(url, size.bytes);
    let (mut latencies, runs) = (Vec::new(), (size.messages / 50).clamp(20, 1_000));
    for round in 0..=runs {
        let started = now();
        sqs.send(&call).await?;
        tokio::time::timeout(PATIENCE, line(&mut events)).await.context("the function wrote no line")??;
        // The first one starts the process.
        if round > 0 {
            latencies.push(started.elapsed());
        }
        tokio::time::timeout(PATIENCE, local.idle()).await??;
    }
    let (median, p99): (Duration, Duration) = (percentile(&latencies, 0.5), percentile(&latencies, 0.99));
    let details = format!("{} messages, p99 {}", latencies.len(), short(p99));
    report.row("SendMessage to a warm function's line", short(median), details);
    local.shutdown().await;
    Ok(())
}

async fn line(events: &mut Receiver<Event>) -> anyhow::Result<()> {
    loop {
        match events.recv().await? {
            Event::Log(line) if line.message == LINE => return Ok(()),
            Event::InitFailed { reason, is_final: true, .. } => bail!("the function does not start: {reason}"),
            _ => {}
        }
    }
}
