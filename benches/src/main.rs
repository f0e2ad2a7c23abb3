//! A load generator for SQS endpoints on this machine.
//!
//! It starts `aqueduct serve` for each scenario, or loads an endpoint that runs already on the loopback interface. Counts
//! and waits are bounded, and no other address gets any traffic.

mod http;
mod load;
mod report;
mod scenario;
mod sdk;
mod server;
mod sqs;
mod warm;

use std::path::PathBuf;

use anyhow::Context;
use clap::Parser;

use report::Report;
use scenario::{Scenario, Size};
use server::Target;

/// Measure an SQS endpoint on this machine.
#[derive(Debug, Parser)]
#[command(after_help = "\
Examples:
  cargo build --release -p aqueduct-cli -p aqueduct-bench && target/release/aqueduct-bench
  aqueduct-bench send drain --durable
  aqueduct-bench send drain serial --endpoint http://127.0.0.1:4567")]
struct Args {
    /// What to measure; everything when none is named.
    #[arg(value_enum)]
    scenarios: Vec<Scenario>,
    /// An endpoint that runs already on this machine, instead of one that is started.
    #[arg(long, value_name = "URL")]
    endpoint: Option<String>,
    /// The `aqueduct` to start [default: the one beside this program].
    #[arg(long, value_name = "FILE", conflicts_with = "endpoint")]
    executable: Option<PathBuf>,
    /// Start it with --data.
    #[arg(long, conflicts_with = "endpoint")]
    durable: bool,
    /// Start it with --data and --fsync.
    #[arg(long, conflicts_with = "endpoint")]
    fsync: bool,
    /// Messages of a run.
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(100..=1_000_000))]
    messages: u64,
    /// Messages of the queue that grows.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(1_000..=5_000_000))]
    growth: u64,
    /// Bytes of a message's body.
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u64).range(16..=262_144))]
    bytes: u64,
    /// Starts of the server.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    starts: u64,
}

const ALL: [Scenario; 8] = [
    Scenario::Startup,
    Scenario::Idle,
    Scenario::Send,
    Scenario::Drain,
    Scenario::Serial,
    Scenario::Growth,
    Scenario::Sdk,
    Scenario::Warm,
];

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let own = std::env::current_exe()?;
    if own.file_name().is_some_and(|name| name == warm::FUNCTION) {
        return warm::function().await;
    }
    let args = Args::parse();
    let target = match &args.endpoint {
        Some(url) => Target::elsewhere(url)?,
        None => Target::Own {
            executable: args.executable.clone().unwrap_or_else(|| own.with_file_name("aqueduct")),
            durable: args.durable || args.fsync,
            fsync: args.fsync,
        },
    };
    let bytes = usize::try_from(args.bytes)?;
    let size = Size { messages: args.messages, growth: args.growth, bytes, starts: args.starts };
    let scenarios = if args.scenarios.is_empty() { ALL.to_vec() } else { args.scenarios };
    let mut report = Report::default();
    for scenario in scenarios {
        let outcome = scenario::run(scenario, &target, size, &mut report).await;
        outcome.with_context(|| format!("the scenario {scenario:?} failed"))?;
    }
    report.print();
    Ok(())
}
