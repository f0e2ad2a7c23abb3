//! What functions, faults and changes do, one at a time.

use std::time::Duration;

use super::{HEAD, report, template};
use crate::{Cause, FunctionReport, QueueReport, Report};

/// Orders at equal gaps for some minutes, and what else is said.
fn orders(per_second: u32, minutes: u32, more: &str) -> String {
    format!(
        r#"
lasts = "{minutes}m"
arrivals = [{{ name = "orders", to = "Queue", process = {{ kind = "constant", per_second = {per_second} }} }}]
goals = [{{ of = "orders", done_by = "Worker", within = "1s", share = 0.9 }}]
{more}
"#
    )
}

fn queue<'a>(report: &'a Report, id: &str) -> &'a QueueReport {
    report.queues.iter().find(|queue| queue.id == id).unwrap()
}

fn worker(report: &Report) -> &FunctionReport {
    report.functions.iter().find(|function| function.id == "Worker").unwrap()
}

/// A count out of so many independent ones of this probability, within five standard deviations.
#[track_caller]
fn about(count: u64, of: u64, probability: f64) {
    let [count, of] = [count, of].map(|count| f64::from(u32::try_from(count).unwrap()));
    let (expected, deviation) = (of * probability, (of * probability * (1.0 - probability)).sqrt());
    assert!((count - expected).abs() <= 5.0 * deviation, "{count} instead of {expected}");
}

fn plain(worker: &str) -> String {
    template("VisibilityTimeout: 60", worker, "BatchSize: 1")
}

#[test]
fn a_failing_record_comes_again_and_mostly_succeeds() {
    let report = report(&plain("Timeout: 10"), &orders(20, 10, "functions.Worker = { failing = 0.2 }"), 1);
    about(queue(&report, "Queue").receives[&1], 12_000, 0.8);
    about(queue(&report, "Dead").arrived, 12_000, 0.2 * 0.2 * 0.2);
    assert_eq!(queue(&report, "Dead").dead_letters[0].cause, Cause::Failure);
    assert_eq!(worker(&report).repeated, 0);
}

#[test]
fn poison_fails_whenever_it_comes_also_after_a_redrive() {
    let faults = "functions.Worker = { poison = 0.1 }\nfaults = [{ kind = 'redrive', queue = 'Dead', from = '1h' }]";
    let report = report(&plain("Timeout: 10"), &orders(20, 10, faults), 1);
    let dead = queue(&report, "Dead");
    about(dead.left, 12_000, 0.1);
    assert_eq!((dead.arrived, dead.redriven), (2 * dead.left, dead.left), "all of them went and came back");
    assert_eq!(report.items[0].dead, dead.left);
    assert_eq!(dead.dead_letters[0].cause, Cause::Poison);
    // 500 a second are moved back, and three receives of 60 s follow, but for the pollers that are few after failures.
    assert!(dead.dead_letters[0].last.as_secs() >= 3_600 + (dead.left - 1) / 500 + 180);
}

#[test]
fn rejected_poison_is_put_aside_at_once() {
    let text = orders(20, 10, "functions.Worker = { poison = 0.1, rejects_poison = true }");
    let report = report(&plain("Timeout: 10"), &text, 1);
    let (queue, dead) = (queue(&report, "Queue"), queue(&report, "Dead"));
    about(dead.left, 12_000, 0.1);
    assert_eq!(queue.receives.len(), 1, "{:?}", queue.receives);
    assert_eq!(queue.dead_lettered, dead.left);
    assert!(dead.dead_letters[0].first < Duration::from_mins(1));
}

#[test]
fn poison_of_a_fault_is_what_arrives_while_it_lasts() {
    let fault = "faults = [{ kind = 'poison', function = 'Worker', share = 1, from = '1m', until = '2m' }]";
    let report = report(&plain("Timeout: 10"), &orders(20, 10, fault), 1);
    assert_eq!(queue(&report, "Dead").left, 20 * 60);
}

#[test]
fn backed_off_records_come_back_sooner_and_later() {
    let outage = |more: &str| {
        let fault = "faults = [{ kind = 'outage', function = 'Worker', from = '0s', until = '1h' }]";
        let mapping = "BatchSize: 1, FunctionResponseTypes: [ReportBatchItemFailures]";
        let template = template("VisibilityTimeout: 60", "Timeout: 10", mapping);
        report(&template, &orders(1, 1, &format!("{more}\n{fault}")), 1)
    };
    let plain = outage("");
    assert_eq!(queue(&plain, "Dead").dead_letters[0].first, Duration::from_mins(3));
    let backed_off = outage("functions.Worker = { backs_off = true }");
    // 2, 4 and 8 seconds, or up to a half less.
    let first = queue(&backed_off, "Dead").dead_letters[0].first;
    assert!(Duration::from_secs(7) <= first && first <= Duration::from_secs(14), "{first:?}");
    assert!(backed_off.usage.sqs_requests > plain.usage.sqs_requests, "each wait is a request");
}

#[test]
fn deliveries_that_come_once_more_are_repeated() {
    let fault = "faults = [{ kind = 'duplicates', queue = 'Queue', share = 0.1, from = '0s', until = '1h' }]";
    let report = report(&plain("Timeout: 10"), &orders(20, 10, fault), 1);
    let repeated = worker(&report).repeated;
    about(repeated, 12_000, 0.1 + 0.01);
    assert_eq!(report.deliveries, 12_000 + repeated);
    // Three times in a row is once too often.
    let dead = queue(&report, "Dead").arrived;
    about(dead, 12_000, 0.001);
    assert_eq!(report.items[0].done + dead, 12_000);
}

#[test]
fn a_crash_repeats_whole_batches() {
    let template = template("VisibilityTimeout: 60", "Timeout: 10", "BatchSize: 10, MaximumBatchingWindowInSeconds: 1");
    let fault = "faults = [{ kind = 'crash', function = 'Worker', share = 0.05, from = '0s', until = '1h' }]";
    let report = report(&template, &orders(20, 10, fault), 1);
    assert_eq!(worker(&report).repeated + 12_000, report.deliveries);
    about(worker(&report).repeated / 10, 1_200, 0.0526);
}

#[test]
fn cold_starts_are_those_of_new_environments() {
    let text = orders(1, 30, "functions.Worker = { takes = { fixed = '1500ms' }, cold_start = '5s' }");
    let busy = report(&plain("Timeout: 10"), &text, 1);
    // Two at once suffice when they are warm; while the first ones are cold, more are started.
    let cold = worker(&busy).cold_starts;
    assert!((2..=7).contains(&cold), "{cold}");
    assert!(busy.goals[0].latency.max >= Duration::from_millis(6_500));
    // Percentiles are within a thousandth.
    assert_eq!(busy.goals[0].latency.p50.as_millis() / 2, 1_500 / 2);
    // With a quarter of an hour in between, no environment is left.
    let rare = orders(1, 60, "").replace("kind = \"constant\", per_second = 1", "kind = \"trace\", file = \"-\"");
    let mut open = |_: &str| Ok("0\n900\n1800\n2000\n".to_owned());
    let prepared = crate::Prepared::parse("s.toml", &format!("{HEAD}{rare}"), &mut open).unwrap();
    let rare = crate::run(&super::topology(&plain("Timeout: 10")), &prepared, 1, &mut |_| {}).unwrap();
    assert_eq!((worker(&rare).invocations, worker(&rare).cold_starts), (4, 3));
}

#[test]
fn a_slow_down_slows_and_a_throttle_throttles() {
    let slow = "faults = [{ kind = 'slow_down', function = 'Worker', factor = 30, from = '2m', until = '3m' }]";
    let slowed = report(&plain("Timeout: 10"), &orders(10, 5, slow), 1);
    // Those that begin in the slow minute take 3 s, and the others 100 ms.
    let beyond = worker(&slowed).busy.saturating_sub(Duration::from_millis(100) * 3_000).as_millis();
    assert!(beyond > 100 * 2_900 && beyond.is_multiple_of(2_900), "{beyond}");
    let throttled =
        "faults = [{ kind = 'throttling', function = 'Worker', concurrency = 0, from = '2m', until = '3m' }]";
    let throttled = report(&plain("Timeout: 10"), &orders(10, 5, throttled), 1);
    assert!(worker(&throttled).throttles > 10);
    assert_eq!(worker(&throttled).invocations, 3_000);
    let queue = queue(&throttled, "Queue");
    assert!(queue.backlog_peak.value >= 600.0 && queue.drained_after.is_some(), "{queue:?}");
}

#[test]
fn an_unheld_promise_is_counted() {
    let fault = "faults = [{ kind = 'outage', function = 'Worker', from = '1m', until = '2m', fails_after = '10ms' }]";
    let report = report(&plain("Timeout: 10"), &orders(10, 10, fault), 1);
    // 600 of 6,000 come a minute later.
    assert!((report.goals[0].kept - 0.9).abs() < 1e-9, "{}", report.goals[0].kept);
    assert_eq!(report.goals[0].latency.p50.as_millis(), 100);
    assert_eq!(report.items[0].done, 6_000);
}

#[test]
fn settings_change_on_the_way() {
    let change = |setting: &str, resource: &str, value: u64| {
        let fault = "faults = [{ kind = 'outage', function = 'Worker', from = '0s', until = '1h' }]";
        let change =
            format!("changes = [{{ at = '90s', resource = '{resource}', setting = '{setting}', value = {value} }}]");
        report(&plain("Timeout: 10"), &orders(1, 1, &format!("{fault}\n{change}")), 1)
    };
    let first = |report: &Report| queue(report, "Dead").dead_letters[0].first.as_secs();
    // Receives at 0 s and 60 s; the third one, at 120 s, has the new timeout.
    assert_eq!(first(&change("VisibilityTimeout", "Queue", 200)), 320);
    // The second one's timeout ends at 120 s, and two are enough then.
    assert_eq!(first(&change("maxReceiveCount", "Queue", 2)), 120);
    let expired = change("MessageRetentionPeriod", "Queue", 100);
    assert_eq!((queue(&expired, "Queue").expired, report_lost(&expired)), (60, 60));
    let reserved = change("ReservedConcurrentExecutions", "Worker", 0);
    let letters = &queue(&reserved, "Dead").dead_letters;
    assert!(letters.iter().all(|letters| letters.cause == Cause::NeverRan), "{letters:?}");
    let timeout = orders(
        1,
        2,
        "functions.Worker = { takes = { fixed = '4s' } }\nchanges = [{ at = '1m', resource = 'Worker', setting = 'Timeout', value = 3 }]",
    );
    let timeout = report(&plain("Timeout: 10"), &timeout, 1);
    assert_eq!(queue(&timeout, "Dead").dead_letters[0].cause, Cause::TimedOut);
    assert_eq!(queue(&timeout, "Dead").arrived, 60);
}

fn report_lost(report: &Report) -> u64 {
    report.items[0].lost
}

/// A noisy tenant has ten times the messages of all others; those of the quiet ones go first.
#[test]
fn quiet_tenants_wait_less_than_a_noisy_one() {
    let template =
        template("VisibilityTimeout: 60", "Timeout: 10", "BatchSize: 10, ScalingConfig: { MaximumConcurrency: 10 }");
    let text = |groups: u32| {
        format!(
            r#"
lasts = "10m"
functions.Worker.takes = {{ fixed = "100ms" }}
goals = [{{ of = "quiet", done_by = "Worker", within = "10s", share = 0.99 }}]
[[arrivals]]
name = "noise"
to = "Queue"
groups = {groups}
noisy_share = 1
process = {{ kind = "burst", at = "1m", items = 20000 }}
[[arrivals]]
name = "quiet"
to = "Queue"
groups = {groups}
process = {{ kind = "poisson", per_second = 20 }}
"#
        )
    };
    let fair = report(&template, &text(500), 1).goals[0].latency;
    let unfair = report(&template, &text(0), 1).goals[0].latency;
    assert!(unfair.p90 > Duration::from_mins(1), "{unfair:?}");
    assert!(fair.p90 < Duration::from_secs(10), "{fair:?}");
}

/// Rates, curves and groups do not change what a setting of the queue leaves alone.
#[test]
fn arrivals_are_the_same_whatever_is_set() {
    let text = orders(20, 5, "").replace("constant", "poisson");
    let one = report(&plain("Timeout: 10"), &text, 5);
    let other = report(&plain("Timeout: 20"), &text, 5);
    assert_eq!(one.items[0].arrived, other.items[0].arrived);
    assert_eq!(queue(&one, "Queue").backlog, queue(&other, "Queue").backlog);
}

/// A function that is called by those who wait loses what it fails on or has no concurrency for.
#[test]
fn callers_who_wait_hear_of_failures_and_throttles() {
    let template = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Worker:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: .
      Handler: bootstrap
      Runtime: provided.al2023
      Timeout: 10
      ReservedConcurrentExecutions: 1
      FunctionUrlConfig: { AuthType: NONE }
";
    let text = orders(4, 1, "functions.Worker.takes = { fixed = '300ms' }").replace("\"Queue\"", "\"Worker\"");
    let report = report(template, &text, 1);
    // Every other one comes while the one before it is under way.
    assert_eq!((report.items[0].done, report.items[0].lost), (120, 120));
    assert_eq!((worker(&report).invocations, worker(&report).throttles), (120, 120));
}

#[test]
fn what_a_topic_may_not_hand_on_is_a_dead_letter_of_the_topic() {
    let template = "
Resources:
  Topic: { Type: AWS::SNS::Topic }
  Closed: { Type: AWS::SQS::Queue }
  Dead: { Type: AWS::SQS::Queue, Properties: { MessageRetentionPeriod: 1209600 } }
  Allowed:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Dead]
      PolicyDocument:
        Statement:
          - { Effect: Allow, Principal: { Service: sns.amazonaws.com }, Action: 'sqs:SendMessage', Resource: !GetAtt Dead.Arn }
  Subscription:
    Type: AWS::SNS::Subscription
    Properties:
      TopicArn: !Ref Topic
      Protocol: sqs
      Endpoint: !GetAtt Closed.Arn
      RedrivePolicy: { deadLetterTargetArn: !GetAtt Dead.Arn }
";
    let scenario = r#"
lasts = "1m"
arrivals = [{ name = "orders", to = "Topic", process = { kind = "constant", per_second = 1 } }]
"#;
    let report = report(template, scenario, 1);
    assert_eq!((report.items[0].dead, queue(&report, "Closed").arrived), (60, 0));
    let [letters] = queue(&report, "Dead").dead_letters.as_slice() else { panic!("{report:?}") };
    assert_eq!((letters.from.as_str(), letters.cause, letters.count), ("Topic", Cause::Undelivered, 60));
}
