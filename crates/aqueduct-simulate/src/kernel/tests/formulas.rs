//! Scenarios whose outcome can be calculated.

use std::time::Duration;

use super::{report, template};
use crate::{Cause, Report};

/// Batches of one, as many at once as the mapping allows, in the order of arrival: servers in front of one line.
fn servers(count: u32, arrivals: f64, mean: &str) -> Report {
    let template = template(
        "VisibilityTimeout: 600",
        "Timeout: 600",
        &format!("BatchSize: 1, ScalingConfig: {{ MaximumConcurrency: {count} }}"),
    );
    let lasts = (2e6 / arrivals).round();
    let text = format!(
        r#"
lasts = "{lasts}s"
[[arrivals]]
name = "orders"
to = "Queue"
process = {{ kind = "poisson", per_second = {arrivals} }}
[functions.Worker]
takes = {{ mean = "{mean}" }}
[[goals]]
of = "orders"
done_by = "Worker"
within = "1s"
share = 0.5
"#
    );
    report(&template, &text, 1)
}

/// The mean wait in front of `servers` servers (Erlang's C formula), in seconds.
fn erlang_c(servers: u32, arrivals: f64, mean: f64) -> f64 {
    let load = arrivals * mean;
    let term = |count: u32| (1..=count).fold(1.0, |product, each| product * load / f64::from(each));
    let own = term(servers) * f64::from(servers) / (f64::from(servers) - load);
    let waits = own / ((0..servers).map(term).sum::<f64>() + own);
    waits * mean / (f64::from(servers) - load)
}

/// The waits of neighbours hang together: at a load of 0.7, the mean of N waits in front of one server has a relative standard
/// error of `sqrt(62 / N)`, which is 0.6 % of two million. The bound is more than three of them.
#[test]
fn waits_in_front_of_several_servers_are_erlangs() {
    for (servers_count, arrivals) in [(2, 2.8), (4, 5.6), (5, 7.0)] {
        let report = servers(servers_count, arrivals, "500ms");
        let wait = report.goals[0].latency.mean.as_secs_f64() - 0.5;
        let expected = erlang_c(servers_count, arrivals, 0.5);
        let off = (wait / expected - 1.0).abs();
        assert!(off < 0.02, "{servers_count} servers: {wait} s instead of {expected} s");
        let utilisation = report.functions[0].utilisation.unwrap();
        let load = arrivals * 0.5 / f64::from(servers_count);
        assert!((utilisation / load - 1.0).abs() < 0.02, "{utilisation} instead of {load}");
        assert!(report.at_rest.is_some());
    }
}

/// The time from arrival to end of a server in front of a line is exponential. A percentile of the report is within a
/// thousandth of the true one, and the sample's own error is as above.
#[test]
fn percentiles_are_those_of_the_distribution() {
    // One group of a FIFO queue is one server.
    let template = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Queue: { Type: AWS::SQS::Queue, Properties: { FifoQueue: true, VisibilityTimeout: 600 } }
  Worker:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: ., Handler: bootstrap, Runtime: provided.al2023, Timeout: 600 }
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: { EventSourceArn: !GetAtt Queue.Arn, FunctionName: !Ref Worker, BatchSize: 1 }
";
    let text = r#"
lasts = "100h"
arrivals = [{ name = "orders", to = "Queue", groups = 1, process = { kind = "poisson", per_second = 5 } }]
functions.Worker.takes = { mean = "100ms" }
goals = [{ of = "orders", done_by = "Worker", within = "200ms", share = 0.5 }]
"#;
    let report = report(template, text, 7);
    let latency = report.goals[0].latency;
    // Service 10 a second less arrivals 5 a second.
    let rate = 5.0;
    let pairs = [(latency.p50, 0.5_f64), (latency.p90, 0.1), (latency.p99, 0.01), (latency.p999, 0.001)];
    for (measured, beyond) in pairs {
        let expected = -libm::log(beyond) / rate;
        let off = (measured.as_secs_f64() / expected - 1.0).abs();
        assert!(off < 0.02, "{measured:?} instead of {expected} s");
    }
    assert!((report.goals[0].kept - (1.0 - libm::exp(-1.0))).abs() < 0.01, "{}", report.goals[0].kept);
}

/// With 60 s of visibility and three receives, a message that fails at once is given up on 180 s after its first receive: to
/// the microsecond, for nothing here is left to chance.
#[test]
fn an_outage_fills_the_dead_letter_queue_after_as_many_visibility_timeouts() {
    let template = template("VisibilityTimeout: 60", "Timeout: 10", "BatchSize: 1");
    let text = r#"
lasts = "20m"
[[arrivals]]
name = "orders"
to = "Queue"
process = { kind = "constant", per_second = 2 }
[functions.Worker]
takes = { fixed = "100ms" }
[[faults]]
kind = "outage"
function = "Worker"
from = "5m"
until = "10m"
"#;
    let report = report(&template, text, 1);
    let dead = report.queues.iter().find(|queue| queue.id == "Dead").unwrap();
    // What arrives until 120 s before the end meets the outage on all of its receives; the last one half a second before.
    assert_eq!(dead.arrived, 2 * 180, "{dead:?}");
    let letters = &dead.dead_letters[0];
    assert_eq!((letters.from.as_str(), letters.cause, letters.count), ("Queue", Cause::Outage, 360));
    assert_eq!(letters.first, Duration::from_mins(5) + Duration::from_mins(3));
    assert_eq!(letters.last, Duration::from_millis(479_500) + Duration::from_mins(3));
    assert_eq!(report.items[0].dead, 360);
    assert_eq!(report.items[0].done, 2_400 - 360);
    let queue = report.queues.iter().find(|queue| queue.id == "Queue").unwrap();
    // 360 die, and the others are received once, twice or three times.
    assert_eq!(queue.receives.values().sum::<u64>(), 2_400);
    assert_eq!(queue.dead_lettered, 360);
}

/// A dependency serves its capacity and not one more, but for the bucket of a second that is full at first.
#[test]
fn a_dependency_serves_what_it_can() {
    let template = template("VisibilityTimeout: 6", "Timeout: 1", "BatchSize: 1");
    let template = template.replace("maxReceiveCount: 3", "maxReceiveCount: 1");
    let text = r#"
lasts = "10m"
arrivals = [{ name = "orders", to = "Queue", process = { kind = "constant", per_second = 20 } }]
functions.Worker.takes = { fixed = "10ms" }
faults = [{ kind = "dependency_capacity", function = "Worker", per_second = 8, from = "0s", until = "1h" }]
"#;
    let report = report(&template, text, 1);
    let expected = 8.0 * 600.0 + 8.0;
    let done = report.items[0].done;
    assert!((f64::from(u32::try_from(done).unwrap()) - expected).abs() <= 8.0, "{done} instead of {expected}");
    let dead = report.queues.iter().find(|queue| queue.id == "Dead").unwrap();
    assert_eq!(dead.dead_letters[0].cause, Cause::Dependency);
    assert_eq!(dead.arrived + done, 12_000);
}

/// Nothing runs with a reservation of 0: every message is received three times and never seen.
#[test]
fn without_concurrency_everything_dies_unseen() {
    let template = template("VisibilityTimeout: 60", "Timeout: 10, ReservedConcurrentExecutions: 0", "BatchSize: 10");
    let text = r#"
lasts = "1m"
arrivals = [{ name = "orders", to = "Queue", process = { kind = "constant", per_second = 1 } }]
"#;
    let report = report(&template, text, 1);
    let dead = report.queues.iter().find(|queue| queue.id == "Dead").unwrap();
    assert_eq!((dead.dead_letters[0].cause, dead.dead_letters[0].count), (Cause::NeverRan, 60));
    assert_eq!(report.functions[0].invocations, 0);
    assert!(report.functions[0].throttles > 60);
}
