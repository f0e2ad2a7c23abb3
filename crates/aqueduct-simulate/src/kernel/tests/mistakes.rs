//! What is wrong with a scenario is told with file, line, key and what there is.

use std::io;

use super::topology;
use crate::{Error, Prepared, run};

const TEMPLATE: &str = "
Transform: AWS::Serverless-2016-10-31
Resources:
  Dead: { Type: AWS::SQS::Queue }
  Ledger: { Type: AWS::SQS::Queue, Properties: { FifoQueue: true } }
  Queue:
    Type: AWS::SQS::Queue
    Properties: { RedrivePolicy: { deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3 } }
  Topic: { Type: AWS::SNS::Topic }
  Subscription:
    Type: AWS::SNS::Subscription
    Properties: { TopicArn: !Ref Topic, Protocol: sqs, Endpoint: !GetAtt Dead.Arn, FilterPolicy: { kind: [a] } }
  Worker:
    Type: AWS::Serverless::Function
    Properties: { CodeUri: ., Handler: bootstrap, Runtime: provided.al2023, Timeout: 10 }
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: { EventSourceArn: !GetAtt Queue.Arn, FunctionName: !Ref Worker }
";

const SCENARIO: &str = r#"title = "Right"
start = 2027-01-15T08:00:00Z
lasts = "1m"

[[arrivals]]
name = "orders"
to = "Queue"
process = { kind = "poisson", per_second = 10 }

[functions.Worker]
takes = { fixed = "100ms" }
publishes = [{ to = "Dead" }]

[[faults]]
kind = "outage"
function = "Worker"
from = "10s"
until = "20s"

[[changes]]
at = "30s"
resource = "Queue"
setting = "VisibilityTimeout"
value = 60

[[goals]]
of = "orders"
done_by = "Worker"
within = "1s"
share = 0.99
"#;

/// What is said about a scenario.
fn said(text: &str) -> String {
    let mut open = |name: &str| match name {
        "wrong" => Ok("# times\n1.5\nsoon\n".to_owned()),
        "sample" => Ok("{}".to_owned()),
        _ => Err(io::Error::from(io::ErrorKind::NotFound)),
    };
    let lines = |problems: &[crate::Problem]| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
    let prepared = match Prepared::parse("s.toml", text, &mut open) {
        Ok(prepared) => prepared,
        Err(problems) => return lines(&problems),
    };
    match run(&topology(TEMPLATE), &prepared, 1, &mut |_| {}) {
        Ok(_) => "right".to_owned(),
        Err(error @ (Error::Scenario(_) | Error::Deployment(_))) => error.to_string(),
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "the cases are data")]
fn every_mistake_is_told_with_file_line_and_key() {
    let outage = "kind = \"outage\"\nfunction = \"Worker\"\n";
    let visibility = "resource = \"Queue\"\nsetting = \"VisibilityTimeout\"\nvalue = 60";
    let poisson = "{ kind = \"poisson\", per_second = 10 }";
    let cases: &[(&str, &str, &str)] = &[
        ("lasts = \"1m\"", "lasts = \"1m", "s.toml:3: invalid basic string, expected `\"`"),
        (
            "lasts = \"1m\"",
            "lasts = \"soon\"",
            "s.toml:3: lasts: \"soon\" is not a duration; write it like \"90s\" or \"1h 30m\"",
        ),
        (
            "lasts = \"1m\"",
            "lasts = \"0s\"",
            "s.toml:3: lasts: a scenario lasts longer than 0 s, and ten years at most",
        ),
        (
            "start = 2027-01-15T08:00:00Z",
            "start = \"today\"",
            "s.toml:2: start: \"today\" is not a time; write it like 2027-01-15T08:00:00Z",
        ),
        ("title = \"Right\"", "titel = \"Right\"", "s.toml:1: titel: unknown field `titel`, expected one of"),
        (
            "to = \"Queue\"",
            "to = \"Orders\"",
            "s.toml:7: arrivals[0].to: the topology has no queue, topic, bus or function \"Orders\"; it has Dead, Ledger, Queue, Topic and Worker",
        ),
        (
            "to = \"Queue\"",
            "to = \"Topic\"",
            "s.toml:5: arrivals[0].sample: Subscription looks into what comes to Topic; give a `sample` of it",
        ),
        (
            "to = \"Queue\"",
            "to = \"Topic\"\nsample = \"sample\"",
            "s.toml:8: arrivals[0].sample: no subscription or rule takes the sample, so that nothing would happen",
        ),
        (
            "to = \"Queue\"",
            "to = \"Queue\"\nsample = \"gone\"",
            "s.toml:8: arrivals[0].sample: \"gone\" cannot be read: entity not found",
        ),
        (
            "to = \"Queue\"",
            "to = \"Ledger\"",
            "s.toml:5: arrivals[0].groups: Ledger takes no message without a group, and orders reach it; say among how many groups they are spread",
        ),
        (
            "publishes = [{ to = \"Dead\" }]",
            "publishes = [{ to = \"Ledger\" }]",
            "s.toml:5: arrivals[0].groups: Ledger takes no message without a group",
        ),
        (
            "publishes = [{ to = \"Dead\" }]",
            "publishes = [{ to = \"Nowhere\" }]",
            "s.toml:12: functions.Worker.publishes[0].to: the topology has no queue",
        ),
        (
            poisson,
            "{ kind = \"poisson\", per_second = -1 }",
            "s.toml:8: arrivals[0].process.per_second: -1 is no rate; it goes from 0 to a million",
        ),
        (
            poisson,
            "{ kind = \"poison\", per_second = 1 }",
            "s.toml:8: arrivals[0].process.kind: unknown variant `poison`, expected one of",
        ),
        (
            poisson,
            "{ kind = \"daily\", points = { noon = 1 } }",
            "s.toml:8: arrivals[0].process.points.noon: \"noon\" is no time of day; write it like \"08:30\"",
        ),
        (
            poisson,
            "{ kind = \"trace\", file = \"wrong\" }",
            "wrong:3: arrivals[0].process.file: \"soon\" is neither a time like 2027-01-15T08:00:00Z",
        ),
        (
            "{ fixed = \"100ms\" }",
            "{ fixed = \"100ms\", mean = \"1s\" }",
            "s.toml:11: functions.Worker.takes: a service time has `fixed`, or `p50` and `p99`, or `mean`, or `file`, and nothing else",
        ),
        (
            "{ fixed = \"100ms\" }",
            "{ p50 = \"1s\", p99 = \"100ms\" }",
            "s.toml:11: functions.Worker.takes: `p50` is more than nothing",
        ),
        (
            "[functions.Worker]",
            "[functions.Wroker]",
            "s.toml:10: functions.Wroker: the topology has no function \"Wroker\"; it has Worker; did you mean \"Worker\"?",
        ),
        (
            "takes = {",
            "failing = 2\ntakes = {",
            "s.toml:11: functions.Worker.failing: 2 is no share; shares go from 0 to 1",
        ),
        (
            outage,
            "kind = \"outrage\"\nfunction = \"Worker\"\n",
            "s.toml:14: faults[0]: \"outrage\" is no kind of fault; the kinds are outage, slow_down, throttling, dependency_capacity, poison, duplicates, crash, redrive",
        ),
        (
            outage,
            "kind = \"outage\"\nqueue = \"Worker\"\n",
            "s.toml:14: faults[0]: a fault of kind \"outage\" needs `function`",
        ),
        (
            outage,
            "kind = \"outage\"\nfunction = \"Worker\"\nshare = 1\n",
            "s.toml:14: faults[0]: a fault of kind \"outage\" has no `share`; it has from, until, function, fails_after",
        ),
        (
            outage,
            "kind = \"outage\"\nfunctoin = \"Worker\"\n",
            "s.toml:16: faults[0].functoin: unknown field `functoin`, expected one of",
        ),
        (
            outage,
            "kind = \"outage\"\nfunction = \"Queue\"\n",
            "s.toml:16: faults[0].function: the topology has no function \"Queue\"; it has Worker",
        ),
        (
            outage,
            "kind = \"redrive\"\nqueue = \"Queue\"\n",
            "s.toml:16: faults[0].queue: Queue is no queue's dead-letter queue, and SQS moves back from those alone: Dead",
        ),
        (
            outage,
            "kind = \"duplicates\"\nqueue = \"Ledger\"\nshare = 1\n",
            "s.toml:16: faults[0].queue: a FIFO queue delivers once",
        ),
        ("until = \"20s\"", "until = \"5s\"", "s.toml:18: faults[0].until: a fault ends when it began, or later"),
        (
            visibility,
            "resource = \"Queue\"\nsetting = \"Visibility\"\nvalue = 60",
            "s.toml:23: changes[0].setting: unknown variant `Visibility`, expected one of",
        ),
        (
            visibility,
            "resource = \"Worker\"\nsetting = \"VisibilityTimeout\"\nvalue = 60",
            "s.toml:22: changes[0].resource: VisibilityTimeout belongs to a queue, and \"Worker\" is none; there are Dead, Ledger and Queue",
        ),
        (
            visibility,
            "resource = \"Queue\"\nsetting = \"VisibilityTimeout\"\nvalue = 5",
            "s.toml:24: changes[0].value: InvalidParameterValueException: Mapping: Queue visibility timeout: 5 seconds is less than Function timeout: 10 seconds",
        ),
        (
            visibility,
            "resource = \"Dead\"\nsetting = \"maxReceiveCount\"\nvalue = 5",
            "s.toml:23: changes[0].setting: Dead has no dead-letter queue",
        ),
        ("of = \"orders\"", "of = \"order\"", "s.toml:27: goals[0].of: nothing arrives as \"order\"; there are orders"),
        ("share = 0.99", "share = 99", "s.toml:30: goals[0].share: 99 is no share; shares go from 0 to 1"),
    ];
    assert_eq!(said(SCENARIO), "right");
    let mut wrong = Vec::new();
    for (right, mistake, expected) in cases {
        assert!(SCENARIO.contains(right), "{right}");
        let said = said(&SCENARIO.replacen(right, mistake, 1));
        if !said.starts_with(expected) {
            wrong.push(format!("{mistake}\n  said:     {said}\n  expected: {expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let text = SCENARIO.replace("to = \"Queue\"", "to = \"Orders\"").replace("share = 0.99", "share = 99");
    assert_eq!(said(&text).lines().count(), 2);
}
