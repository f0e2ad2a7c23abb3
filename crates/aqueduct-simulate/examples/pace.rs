//! What a simulated delivery costs: `cargo run --release -p aqueduct-simulate --example pace -- queue 10000000`.
//!
//! `queue` is one queue and its function with batches of ten, `singles` the same with batches of one, `pipeline` the template
//! under `infra/`. The second argument is the number of
//! items that arrive, 1,000 each second.

use std::path::Path;
use std::time::Duration;
use std::{env, fs, io};

use aqueduct_simulate::{Prepared, run};
use aqueduct_topology::{Deployment, Topology};

const QUEUE: &str = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Queue: { Type: AWS::SQS::Queue, Properties: { VisibilityTimeout: 60 } }
  Worker:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: ., Handler: bootstrap, Runtime: provided.al2023, Timeout: 10 }
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: { EventSourceArn: !GetAtt Queue.Arn, FunctionName: !Ref Worker, BATCHES }
";

const QUEUE_SCENARIO: &str = r#"
title = "One queue and its function"
start = 2027-01-15T00:00:00Z
lasts = "LASTSs"
arrivals = [{ name = "orders", to = "Queue", process = { kind = "poisson", per_second = 1000 } }]
functions.Worker.takes = { p50 = "20ms", p99 = "200ms" }
goals = [{ of = "orders", done_by = "Worker", within = "1s", share = 0.99 }]
"#;

const PIPELINE_SCENARIO: &str = r#"
title = "The order pipeline"
start = 2027-01-15T00:00:00Z
lasts = "LASTSs"
arrivals = [{ name = "orders", to = "OrdersQueue", groups = 10000, process = { kind = "poisson", per_second = 1000 } }]
goals = [{ of = "orders", done_by = "StatusProjector", within = "10s", share = 0.99 }]
[functions.OrderProcessor]
takes = { p50 = "20ms", p99 = "40ms" }
per_batch = true
publishes = [{ to = "OrderEventsTopic", sample = "events/sns/order-confirmed.json" }, { to = "LedgerQueue" }]
[functions.OrderNotifier]
takes = { fixed = "30ms" }
[functions.OrderFulfilment]
takes = { p50 = "15ms", p99 = "30ms" }
per_batch = true
publishes = [{ to = "CommerceBus", sample = "events/eventbridge/order-dispatched.json" }]
[functions.LedgerWriter]
takes = { fixed = "3ms" }
[functions.StatusProjector]
takes = { fixed = "20ms" }
"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (kind, items) = (env::args().nth(1), env::args().nth(2));
    let items: u64 = items.ok_or("say how many items")?.parse()?;
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let (template, scenario) = match kind.as_deref() {
        Some("queue") => (QUEUE.replace("BATCHES", "BatchSize: 10, MaximumBatchingWindowInSeconds: 1"), QUEUE_SCENARIO),
        Some("singles") => (QUEUE.replace("BATCHES", "BatchSize: 1"), QUEUE_SCENARIO),
        Some("pipeline") => (fs::read_to_string(root.join("infra/template.yaml"))?, PIPELINE_SCENARIO),
        _ => return Err("say `queue`, `singles` or `pipeline`".into()),
    };
    let scenario = scenario.replace("LASTS", &(items / 1_000).to_string());
    let mut open = |name: &str| fs::read_to_string(root.join(name));
    let prepared = Prepared::parse("pace.toml", &scenario, &mut open)
        .map_err(|problems| io::Error::other(format!("{problems:?}")))?;
    let topology = topology(&template);
    let began = processor_time()?;
    let report = run(&topology, &prepared, 1, &mut |_| {})?;
    let took = processor_time()?.saturating_sub(began);
    #[expect(clippy::cast_precision_loss, reason = "a rate in a table")]
    let rate = report.deliveries as f64 / took.as_secs_f64() / 1e6;
    #[expect(clippy::print_stdout, reason = "an example that measures")]
    {
        println!(
            "{} deliveries in {took:.2?} of processor time: {rate:.2} million a second; peak memory {} MB",
            report.deliveries,
            peak_memory()? / 1024
        );
        println!("{:?}\n{:?}", report.items, report.goals);
        for function in &report.functions {
            println!("{} {} {} {:?}", function.id, function.invocations, function.records, function.utilisation);
        }
    }
    Ok(())
}

fn topology(template: &str) -> Topology {
    aqueduct_topology::read(template, &Deployment::default()).0
}

/// The processor time of this process, in steps of a hundredth of a second.
fn processor_time() -> io::Result<Duration> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks: u64 = fields[11..13].iter().filter_map(|field| field.parse::<u64>().ok()).sum();
    Ok(Duration::from_millis(ticks * 10))
}

/// The most resident memory of this process so far, in KB.
fn peak_memory() -> io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    Ok(line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0))
}
