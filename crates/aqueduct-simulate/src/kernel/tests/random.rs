//! The engine held against itself: whatever happens, nothing is counted twice or not at all, and a seed reproduces its run.

use proptest::prelude::*;

use super::{report, scenario, topology};
use crate::{Report, run};

const TEMPLATE: &str = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Dead: { Type: AWS::SQS::Queue, Properties: { MessageRetentionPeriod: 1209600 } }
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: VISIBILITY
      DelaySeconds: DELAY
      MessageRetentionPeriod: RETENTION
      RedrivePolicy: { deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: RECEIVES }
  LedgerDead: { Type: AWS::SQS::Queue, Properties: { FifoQueue: true } }
  Ledger:
    Type: AWS::SQS::Queue
    Properties:
      FifoQueue: true
      RedrivePolicy: { deadLetterTargetArn: !GetAtt LedgerDead.Arn, maxReceiveCount: RECEIVES }
  Topic: { Type: AWS::SNS::Topic }
  Worker:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: ., Handler: bootstrap, Runtime: provided.al2023, Timeout: 5, RESERVED }
  Writer:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: ., Handler: bootstrap, Runtime: provided.al2023, Timeout: 5 }
  Notifier:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: .
      Handler: bootstrap
      Runtime: provided.al2023
      Timeout: 5
      DeadLetterQueue: { Type: SQS, TargetArn: !GetAtt Dead.Arn }
      Events: { Topic: { Type: SNS, Properties: { Topic: !Ref Topic } } }
  WorkerReads:
    Type: AWS::Lambda::EventSourceMapping
    Properties:
      EventSourceArn: !GetAtt Queue.Arn
      FunctionName: !Ref Worker
      BatchSize: BATCH
      MaximumBatchingWindowInSeconds: WINDOW
      FunctionResponseTypes: [PARTIAL]
  WriterReads:
    Type: AWS::Lambda::EventSourceMapping
    Properties: { EventSourceArn: !GetAtt Ledger.Arn, FunctionName: !Ref Writer, FunctionResponseTypes: [PARTIAL] }
";

const SCENARIO: &str = r#"
lasts = "5m"
[[arrivals]]
name = "orders"
to = "Queue"
groups = 20
noisy_share = NOISY
process = { kind = "poisson", per_second = RATE }
[[arrivals]]
name = "news"
to = "Topic"
process = { kind = "burst", at = "30s", items = 200 }
[functions.Worker]
takes = { p50 = "MEDIANms", p99 = "3s" }
cold_start = "200ms"
failing = FAILING
poison = POISON
rejects_poison = REJECTS
backs_off = BACKS_OFF
publishes = [{ to = "Topic", count = 0.7 }, { to = "Ledger", count = 1.3 }]
[functions.Writer]
takes = { mean = "40ms" }
failing = FAILING
[functions.Notifier]
takes = { mean = "40ms" }
failing = FAILING
[[faults]]
kind = "outage"
function = "Worker"
from = "1m"
until = "OUTAGEs"
[[faults]]
kind = "crash"
function = "Writer"
share = 0.2
from = "0s"
until = "2m"
[[faults]]
kind = "duplicates"
queue = "Queue"
share = 0.1
from = "0s"
until = "10m"
[[faults]]
kind = "slow_down"
function = "Notifier"
factor = 200
from = "10s"
until = "40s"
[[faults]]
kind = "throttling"
function = "Notifier"
concurrency = 3
from = "20s"
until = "60s"
[[faults]]
kind = "redrive"
queue = "Dead"
from = "REDRIVEs"
[[changes]]
at = "2m"
resource = "Queue"
setting = "VisibilityTimeout"
value = 45
[[changes]]
at = "2m 30s"
resource = "Worker"
setting = "ReservedConcurrentExecutions"
value = 7
[[goals]]
of = "orders"
done_by = "Writer"
within = "30s"
share = 0.9
"#;

/// Template and scenario with values in place of words.
fn filled(values: &[(&str, String)]) -> (String, String) {
    let fill = |text: &str| values.iter().fold(text.to_owned(), |text, (word, value)| text.replace(word, value));
    (fill(TEMPLATE).replace("[]", "!Ref AWS::NoValue").replace("5, }", "5 }"), fill(SCENARIO))
}

fn check(report: &Report) {
    for items in &report.items {
        assert_eq!(items.arrived, items.done + items.dead + items.lost + items.pending, "{items:?}");
    }
    for queue in &report.queues {
        let left = queue.done + queue.filtered + queue.dead_lettered + queue.expired + queue.redriven;
        assert_eq!(queue.arrived, left + queue.left, "{queue:?}");
        assert_eq!(queue.receives.values().sum::<u64>(), left, "{queue:?}");
        assert!(queue.in_flight_peak.value <= queue.backlog_peak.value, "{queue:?}");
        let most = queue.backlog.values.iter().copied().fold(0.0, f64::max);
        assert!((most - queue.backlog_peak.value).abs() < 0.5, "{queue:?}");
    }
    for function in &report.functions {
        assert!(function.failed + function.repeated <= 2 * function.records, "{function:?}");
        assert!(function.cold_starts <= function.invocations, "{function:?}");
    }
    let records: u64 = report.functions.iter().map(|function| function.records).sum();
    assert_eq!(report.deliveries, records);
    for goal in &report.goals {
        assert!((0.0..=1.0).contains(&goal.kept), "{goal:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_counted_twice_or_not_at_all(
        (visibility, delay, retention, receives) in (5_u32..90, 0_u32..20, 60_u32..2_000, 1_u32..5),
        (reserved, batch, window, partial) in (proptest::option::of(0_u32..20), 1_u32..20, 0_u32..8, any::<bool>()),
        (noisy, rate, median, failing) in (0.0..1.0_f64, 1.0..60.0_f64, 1_u32..900, 0.0..0.4_f64),
        (poison, rejects, backs_off) in (0.0..0.2_f64, any::<bool>(), any::<bool>()),
        (outage, redrive, seed) in (60_u32..290, 0_u32..2_000, any::<u64>()),
    ) {
        let partial = if partial { "ReportBatchItemFailures" } else { "" };
        let reserved = reserved.map_or(String::new(), |count| format!("ReservedConcurrentExecutions: {count}"));
        let window = if batch > 10 { window.max(1) } else { window };
        let values: Vec<(&str, String)> = vec![
            ("VISIBILITY", visibility.to_string()), ("DELAY", delay.to_string()), ("RETENTION", retention.to_string()),
            ("RECEIVES", receives.to_string()), ("RESERVED", reserved), ("BATCH", batch.to_string()),
            ("WINDOW", window.to_string()), ("PARTIAL", partial.to_owned()), ("NOISY", noisy.to_string()),
            ("RATE", rate.to_string()), ("MEDIAN", median.to_string()), ("FAILING", failing.to_string()),
            ("POISON", poison.to_string()), ("REJECTS", rejects.to_string()), ("BACKS_OFF", backs_off.to_string()),
            ("OUTAGE", outage.to_string()), ("REDRIVE", redrive.to_string()),
        ];
        let (template, text) = filled(&values);
        let one = report(&template, &text, seed);
        check(&one);
        prop_assert_eq!(&one, &report(&template, &text, seed));
        let other = report(&template, &text, seed ^ 1);
        check(&other);
        prop_assert_ne!(one, other);
    }
}

#[test]
fn progress_is_told_up_to_the_end() {
    let template = super::template("VisibilityTimeout: 60", "Timeout: 10", "BatchSize: 10");
    let text = r#"
lasts = "1h"
arrivals = [{ name = "orders", to = "Queue", process = { kind = "constant", per_second = 100 } }]
functions.Worker.takes = { fixed = "1ms" }
"#;
    let mut told = Vec::new();
    let report = run(&topology(&template), &scenario(text), 1, &mut |progress| told.push(progress)).unwrap();
    assert!(told.len() > 2 && told.is_sorted_by_key(|progress| (progress.at, progress.deliveries)), "{told:?}");
    assert_eq!(report.deliveries, 360_000);
    assert!(report.at_rest.is_some());
}
