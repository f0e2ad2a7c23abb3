//! A topology, a scenario and reports for tests.

use std::collections::BTreeMap;
use std::time::Duration;

use aqueduct_topology::{Deployment, Topology};

use crate::{
    Arrivals, Behaviour, Cause, DeadLetters, Fault, FaultKind, FunctionReport, Goal, GoalReport, Items, Latency, Peak,
    Process, QueueReport, Report, Scenario, Series, Usage,
};

const TEMPLATE: &str = "
Resources:
  OrdersQueue:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 60
      RedrivePolicy: {deadLetterTargetArn: !GetAtt OrdersDlq.Arn, maxReceiveCount: 5}
  OrdersDlq: {Type: AWS::SQS::Queue, Properties: {MessageRetentionPeriod: 1209600}}
  OrderProcessor:
    Type: AWS::Lambda::Function
    Properties: {Timeout: 10, MemorySize: 256, Architectures: [arm64]}
  OrderProcessorOrders:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      EventSourceArn: !GetAtt OrdersQueue.Arn
      FunctionName: !Ref OrderProcessor
      BatchSize: 10
      ScalingConfig: {MaximumConcurrency: 5}
";

pub(crate) fn topology() -> Topology {
    let (topology, diagnostics) = aqueduct_topology::read(TEMPLATE, &Deployment::default());
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    topology
}

pub(crate) fn scenario() -> Scenario {
    Scenario {
        title: "The payment provider is away for half an hour".to_owned(),
        start: "2026-11-27T08:00:00Z".parse().unwrap(),
        lasts: Duration::from_hours(5),
        arrivals: vec![Arrivals {
            name: "orders".to_owned(),
            to: "OrdersQueue".to_owned(),
            process: Process::Poisson { per_second: 5.0 },
            sample: None,
            groups: 0,
            noisy_share: 0.0,
        }],
        functions: BTreeMap::from([("OrderProcessor".to_owned(), Behaviour::default())]),
        faults: vec![fault(FaultKind::Outage {
            function: "OrderProcessor".to_owned(),
            fails_after: Duration::from_millis(200),
        })],
        changes: Vec::new(),
        goals: vec![Goal {
            of: "orders".to_owned(),
            done_by: "OrderProcessor".to_owned(),
            within: Duration::from_mins(2),
            share: 0.99,
        }],
    }
}

/// A fault between 10:20 and 10:50.
pub(crate) fn fault(kind: FaultKind) -> Fault {
    Fault { from: Duration::from_mins(140), until: Duration::from_mins(170), kind }
}

/// What came of it: an outage of half an hour that leaves dead letters.
pub(crate) fn report() -> Report {
    report_of(Cause::Outage)
}

pub(crate) fn report_of(cause: Cause) -> Report {
    let scenario = scenario();
    let wave = |height: f64| Series {
        every: Duration::from_mins(1),
        values: (0..300)
            .map(|minute| if (140..180).contains(&minute) { height * f64::from(minute - 139) } else { 3.0 })
            .collect(),
    };
    Report {
        title: scenario.title,
        seed: 7,
        start: scenario.start,
        lasts: scenario.lasts,
        at_rest: Some(Duration::from_mins(301)),
        deliveries: 112_000,
        items: vec![Items {
            name: "orders".to_owned(),
            arrived: 90_000,
            done: 88_796,
            dead: 1_204,
            lost: 0,
            pending: 0,
        }],
        queues: vec![orders_queue(&wave), orders_dlq(cause, &wave)],
        functions: vec![FunctionReport {
            id: "OrderProcessor".to_owned(),
            invocations: 20_000,
            records: 112_000,
            failed: 22_000,
            repeated: 12,
            throttles: 3,
            cold_starts: 5,
            concurrency: wave(0.1),
            concurrency_peak: Peak { value: 5.0, at: Duration::from_mins(171) },
            busy: Duration::from_secs(10_000),
            utilisation: Some(0.37),
            ..FunctionReport::default()
        }],
        goals: vec![GoalReport {
            of: "orders".to_owned(),
            done_by: "OrderProcessor".to_owned(),
            within: Duration::from_mins(2),
            share: 0.99,
            kept: 0.951,
            latency: Latency {
                p50: Duration::from_millis(120),
                p90: Duration::from_millis(400),
                p99: Duration::from_mins(5),
                p999: Duration::from_mins(7),
                mean: Duration::from_secs(4),
                max: Duration::from_mins(8),
            },
        }],
        outside: Vec::new(),
        struck: vec![12_000],
        assumed: Vec::new(),
        usage: Usage { sqs_requests: 250_000, lambda_requests: 20_000, lambda_gb_seconds: 2_500.0, ..Usage::default() },
    }
}

fn orders_queue(wave: &dyn Fn(f64) -> Series) -> QueueReport {
    QueueReport {
        id: "OrdersQueue".to_owned(),
        arrived: 90_000,
        done: 88_796,
        dead_lettered: 1_204,
        backlog: wave(40.0),
        in_flight: wave(1.0),
        oldest: wave(8.0),
        backlog_peak: Peak { value: 1_600.0, at: Duration::from_mins(170) },
        in_flight_peak: Peak { value: 50.0, at: Duration::from_mins(171) },
        oldest_peak: Peak { value: 312.0, at: Duration::from_mins(172) },
        receives: BTreeMap::from([(1, 80_000), (2, 8_000), (5, 2_000)]),
        drained_after: Some(Duration::from_mins(12)),
        ..QueueReport::default()
    }
}

fn orders_dlq(cause: Cause, wave: &dyn Fn(f64) -> Series) -> QueueReport {
    QueueReport {
        id: "OrdersDlq".to_owned(),
        is_dead_letter_queue: true,
        arrived: 1_204,
        left: 1_204,
        backlog: wave(30.0),
        backlog_peak: Peak { value: 1_204.0, at: Duration::from_mins(175) },
        dead_letters: vec![DeadLetters {
            from: "OrdersQueue".to_owned(),
            cause,
            count: 1_204,
            first: Duration::from_mins(140),
            last: Duration::from_mins(170),
        }],
        ..QueueReport::default()
    }
}

/// The same without dead letters, and with its goal kept.
pub(crate) fn survivor() -> Report {
    let mut report = report();
    for items in &mut report.items {
        (items.done, items.dead) = (items.arrived, 0);
    }
    for queue in &mut report.queues {
        queue.dead_letters.clear();
    }
    for goal in &mut report.goals {
        goal.kept = 1.0;
    }
    report
}
