//! `aqueduct simulate` as its users see it.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use snapbox::{assert_data_eq, file};
use tempfile::TempDir;

const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// A file of prices.
const US_EAST_1: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../aqueduct-simulate/prices/us-east-1.toml");

/// A queue with its dead-letter queue and its function.
const TEMPLATE: &str = "\
Resources:
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: 60
      RedrivePolicy: {deadLetterTargetArn: !GetAtt JobsDlq.Arn, maxReceiveCount: 3}
  JobsDlq: {Type: AWS::SQS::Queue}
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Jobs.Arn, FunctionName: !Ref Worker, FunctionResponseTypes: [ReportBatchItemFailures]}
  Worker:
    Type: AWS::Lambda::Function
    Properties: {Timeout: 10, Role: 'arn:aws:iam::000000000000:role/worker'}
";

const CALM: &str = "\
title = \"A calm day\"
start = 2026-11-24T09:00:00Z
lasts = \"10m\"

[[arrivals]]
name = \"jobs\"
to = \"Jobs\"
process = { kind = \"constant\", per_second = 1 }
";

const OUTAGE: &str = "
[[faults]]
kind = \"outage\"
function = \"Worker\"
from = \"1m\"
until = \"9m\"
";

fn aqueduct(folder: impl AsRef<Path>, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_aqueduct"));
    command.arg("simulate").args(args).current_dir(folder).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    let outage = format!("{CALM}{OUTAGE}");
    for (name, text) in [("t.yaml", TEMPLATE), ("calm.toml", CALM), ("outage.toml", &outage)] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn the_exit_code_says_whether_it_survives() {
    let folder = folder();
    std::fs::write(folder.path().join("broken.toml"), CALM.replace("lasts", "last")).unwrap();
    std::fs::write(folder.path().join("prices.toml"), "region = \"mine\"").unwrap();
    for (args, code, said) in [
        (&["t.yaml", "--scenario", "calm.toml"][..], 0, ""),
        (&["t.yaml", "--scenario", "outage.toml"], 1, ""),
        (&["t.yaml", "--scenario", "outage.toml", "--runs", "2", "--format", "json"], 1, ""),
        (&["t.yaml", "--scenario", "gone.toml"], 2, "gone.toml: cannot be read"),
        (&["t.yaml", "--scenario", "broken.toml"], 2, "broken.toml:3: last: unknown field"),
        (&["gone.yaml", "--scenario", "calm.toml"], 2, "cannot read the template gone.yaml"),
        (&["t.yaml", "--scenario", "calm.toml", "--prices", "prices.toml"], 2, "missing field `sqs_standard`"),
        (&["t.yaml", "--scenario", "calm.toml", "--region", "eu-west-1"], 0, ""),
        (
            &["t.yaml", "--scenario", "calm.toml", "--prices", US_EAST_1, "--region", "eu-west-1"],
            2,
            "are those of us-east-1 and not of eu-west-1; leave --region out",
        ),
        (
            &["t.yaml", "--scenario", "calm.toml", "--vary", "maxReceiveCounts=1..2"],
            2,
            "did you mean `maxReceiveCount`?",
        ),
        (&["t.yaml", "--scenario", "calm.toml", "--vary", "Job.maxReceiveCount=1..2"], 2, "did you mean `Jobs`?"),
        (&["t.yaml", "--scenario", "calm.toml", "--out", "gone/report.txt"], 2, "cannot write gone/report.txt"),
        (&["t.yaml", "--scenario", "calm.toml", "--runs", "0"], 2, "--runs"),
        (&["t.yaml"], 2, "--scenario"),
    ] {
        let output = aqueduct(folder.path(), args);
        let (shown, talk) = (text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{args:?}: {talk}");
        assert!(talk.contains(said), "{args:?}: {talk}");
        assert!(!shown.contains('\u{1b}') && !talk.contains('\u{1b}'), "{args:?}");
    }
}

/// What leads to other services, Regions and accounts, beside what does not.
const OUTWARD: &str = "
  Orders: {Type: AWS::Events::EventBus, Properties: {Name: orders}}
  Topic: {Type: AWS::SNS::Topic}
  Mail:
    Type: AWS::SNS::Subscription
    Properties: {TopicArn: !Ref Topic, Protocol: email, Endpoint: ops@example.com}
  Flow: {Type: AWS::StepFunctions::StateMachine, Properties: {RoleArn: 'arn:aws:iam::000000000000:role/flow'}}
  Placed:
    Type: AWS::Events::Rule
    Properties:
      EventBusName: !Ref Orders
      EventPattern: {source: [shop]}
      Targets:
        - {Id: flow, Arn: !Ref Flow, RoleArn: 'arn:aws:iam::000000000000:role/rule'}
        - {Id: jobs, Arn: !GetAtt Jobs.Arn}
        - {Id: far, Arn: 'arn:aws:events:ap-south-1:000000000000:event-bus/orders', RoleArn: 'arn:aws:iam::000000000000:role/rule'}
  Policy:
    Type: AWS::SQS::QueuePolicy
    Properties:
      Queues: [!Ref Jobs]
      PolicyDocument: {Statement: [{Effect: Allow, Principal: '*', Action: sqs:SendMessage, Resource: !GetAtt Jobs.Arn}]}
  Nightly:
    Type: AWS::Scheduler::Schedule
    Properties:
      ScheduleExpression: rate(1 day)
      FlexibleTimeWindow: {Mode: 'OFF'}
      Target: {Arn: !Ref Flow, RoleArn: 'arn:aws:iam::000000000000:role/nightly'}
";

#[test]
fn what_leads_outside_leaves_and_the_rest_is_simulated() {
    let folder = folder();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("out.yaml", &format!("{TEMPLATE}{OUTWARD}"));
    let to = |to: &str| CALM.replace("to = \"Jobs\"", &format!("to = \"{to}\"\nsample = \"placed.json\""));
    write("orders.toml", &to("Orders"));
    write("mail.toml", &to("Topic"));
    write("placed.json", r#"{"source": "shop", "detail-type": "Placed", "detail": {}}"#);
    let run = |scenario: &str| {
        let output = aqueduct(folder.path(), &["out.yaml", "--scenario", scenario, "--format", "json"]);
        let talk = text(&output.stderr);
        assert_eq!(output.status.code(), Some(0), "{talk}");
        (serde_json::from_slice::<Value>(&output.stdout).unwrap(), talk)
    };
    let left = |document: &Value| -> Vec<(String, u64)> {
        let outside = document["report"]["outside"].as_array().unwrap().iter();
        outside.map(|it| (it["to"].as_str().unwrap().to_owned(), it["left"].as_u64().unwrap())).collect()
    };
    let (orders, talk) = run("orders.toml");
    let [flow, far, mail] = left(&orders).try_into().unwrap();
    assert!(flow.0.starts_with("arn:aws:states:") && flow.1 == 600, "{flow:?}");
    assert!(far.0.ends_with("event-bus/orders") && far.1 == 600, "{far:?}");
    assert_eq!(mail, ("ops@example.com".to_owned(), 0));
    assert_eq!(orders["report"]["items"][0]["done"], 600, "the target inside is worked on");
    assert_eq!(orders["report"]["functions"][0]["records"], 600);
    for words in
        ["not simulated: Placed leads to arn:aws:states:", "the service states", "it is in the Region ap-south-1"]
    {
        assert!(talk.contains(words), "{words}: {talk}");
    }
    let said = orders["verdict"]["statements"].to_string();
    assert!(said.contains("600 messages left by Placed to arn:aws:events:ap-south-1"), "{said}");
    assert_eq!(left(&run("mail.toml").0)[2], ("ops@example.com".to_owned(), 600));

    // What is wrong with the rest is told as ever.
    write("wrong.yaml", &format!("{TEMPLATE}{OUTWARD}").replace("Protocol: email", "Protocol: pigeon"));
    let output = aqueduct(folder.path(), &["wrong.yaml", "--scenario", "orders.toml"]);
    let talk = text(&output.stderr);
    assert!(output.status.code() == Some(2) && talk.contains("Mail: ") && talk.contains("pigeon"), "{talk}");
}

#[test]
fn a_fault_that_struck_nothing_is_told() {
    let folder = folder();
    let fault = |kind: &str, from: &str, until: &str, more: &str| {
        format!("\n[[faults]]\nkind = \"{kind}\"\nfrom = \"{from}\"\nuntil = \"{until}\"\n{more}\n")
    };
    let worker = "function = \"Worker\"";
    let cases = [
        (fault("outage", "11m", "12m", worker), "begins at 09:11:00, and messages arrive until 09:10:00"),
        (fault("throttling", "1m", "2m", &format!("{worker}\nconcurrency = 500")), "never wanted more than that"),
        (fault("crash", "1m", "2m", &format!("{worker}\nshare = 0")), "chance spared all of it"),
        (fault("poison", "1m", "2m", &format!("{worker}\nshare = 0.0001")), "chance spared all of it"),
        (fault("duplicates", "1m", "2m", "queue = \"JobsDlq\"\nshare = 1"), "Nothing came to JobsDlq"),
        (fault("redrive", "1m", "1m", "queue = \"JobsDlq\""), "Nothing came to JobsDlq"),
        (fault("outage", "1m", "2m", worker), ""),
        (fault("slow_down", "1m", "2m", &format!("{worker}\nfactor = 2")), ""),
        (fault("throttling", "1m", "2m", &format!("{worker}\nconcurrency = 0")), ""),
        (fault("dependency_capacity", "1m", "2m", &format!("{worker}\nper_second = 0.5")), ""),
        (fault("poison", "1m", "2m", &format!("{worker}\nshare = 0.5")), ""),
        (fault("crash", "1m", "2m", &format!("{worker}\nshare = 0.5")), ""),
        (fault("duplicates", "1m", "2m", "queue = \"Jobs\"\nshare = 0.5"), ""),
    ];
    for (fault, words) in cases {
        std::fs::write(folder.path().join("s.toml"), format!("{CALM}{fault}")).unwrap();
        let output = aqueduct(folder.path(), &["t.yaml", "--scenario", "s.toml", "--format", "json"]);
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        let struck = document["report"]["struck"][0].as_u64().unwrap();
        let statements = document["verdict"]["statements"].as_array().unwrap();
        let said = statements.iter().find(|it| it["matter"]["kind"] == "unstruck_fault");
        assert_eq!((struck == 0, said.is_some()), (!words.is_empty(), !words.is_empty()), "{fault}: {struck} {said:?}");
        let said = said.map(|it| it["says"].to_string()).unwrap_or_default();
        assert!(said.contains(words), "{fault}: {said}");
    }
}

#[test]
fn contracts_say_how_functions_try_again_where_the_scenario_does_not() {
    let folder = folder();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    let backoff = r#"{"firstMillis": 1000, "factor": 3.0, "longestMillis": 60000, "jitter": "full"}"#;
    let function = format!(r#"{{"name": "Worker", "retries": {{"attempts": 2, "backoff": {backoff}}}}}"#);
    write("contracts.json", &format!(r#"{{"contracts": 1, "events": [], "functions": [{function}]}}"#));
    write("said.toml", &format!("{CALM}\n[functions.Worker]\nattempts = 3\n{OUTAGE}"));
    let run = |args: &[&str]| {
        let output = aqueduct(folder.path(), &[&["t.yaml", "--format", "json"], args].concat());
        let document: Value =
            serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", text(&output.stderr)));
        let says =
            document["verdict"]["statements"].to_string().contains("How functions try again stands in contracts.json");
        (document["report"]["assumed"].clone(), says)
    };
    let assumed = serde_json::json!([{"function": "Worker", "from": "contracts.json", "attempts": 2,
        "backoff": {"first": "1s", "factor": 3.0, "longest": "1m", "jitter": "full"}}]);
    let none = (serde_json::json!([]), false);
    let given = ["--contracts", "contracts.json"];
    assert_eq!(run(&[&given[..], &["--scenario", "outage.toml"]].concat()), (assumed.clone(), true));
    assert_eq!(run(&[&given[..], &["--scenario", "said.toml"]].concat()), none, "the scenario says it whole");
    assert_eq!(run(&["--scenario", "outage.toml"]), none);
    write("aqueduct.toml", "[check]\ncontracts = \"contracts.json\"\n");
    assert_eq!(run(&["--scenario", "outage.toml"]), (assumed, true), "they are found");

    let sketch = text(&aqueduct(folder.path(), &["t.yaml", "--sketch"]).stdout);
    let wanted = "# How it tries again, as contracts.json says.\nattempts = 2\n\
                  backoff = { first = \"1000ms\", factor = 3, longest = \"60000ms\", jitter = \"full\" }\n";
    assert!(sketch.contains(wanted), "{sketch}");
    write("sketch.toml", &sketch);
    assert_eq!(run(&["--scenario", "sketch.toml"]), none, "what the sketch wrote down is the scenario's");
    let gone = aqueduct(folder.path(), &["t.yaml", "--scenario", "calm.toml", "--contracts", "gone.json"]);
    assert!(text(&gone.stderr).contains("cannot read the contracts gone.json"), "{}", text(&gone.stderr));
}

#[test]
fn a_remedy_that_was_seen_is_told_and_varying_finds_it_too() {
    let folder = folder();
    let varied = ["t.yaml", "--scenario", "outage.toml", "--vary", "maxReceiveCount=3..20", "--format", "json"];
    let document: Value = serde_json::from_slice(&aqueduct(folder.path(), &varied).stdout).unwrap();
    assert_eq!(document["schema_version"], 1);
    let statement = &document["verdict"]["statements"][0];
    assert_eq!(statement["matter"], serde_json::json!({"kind": "dead", "cause": "outage"}));
    let changes = statement["remedies"].as_array().unwrap().iter().flat_map(|it| it["changes"].as_array().unwrap());
    let told = changes.into_iter().find(|it| it["setting"] == "maxReceiveCount").unwrap()["value"].as_u64().unwrap();
    assert_eq!(document["variation"]["resource"], "Jobs");
    let found = document["variation"]["nearest_survivor"].as_u64().unwrap();
    assert!(found <= told && told <= found + 3, "found {found}, told {told}");
    let tried = document["variation"]["tried"].as_array().unwrap();
    assert_eq!(tried.len(), 18);
    let of_found = tried.iter().find(|it| it["value"] == found).unwrap();
    assert_eq!(of_found["outcome"]["seen"]["dead"], 0);
}

#[test]
fn a_sketch_of_the_template_can_be_run_as_it_is() {
    let folder = folder();
    let sketched = aqueduct(folder.path(), &["t.yaml", "--sketch", "--out", "sketch.toml"]);
    assert_eq!(sketched.status.code(), Some(0), "{}", text(&sketched.stderr));
    let printed = aqueduct(folder.path(), &["t.yaml", "--sketch"]);
    assert_eq!(std::fs::read(folder.path().join("sketch.toml")).unwrap(), printed.stdout);
    let run = aqueduct(folder.path(), &["t.yaml", "--scenario", "sketch.toml"]);
    assert_eq!(run.status.code(), Some(0), "{}", text(&run.stderr));
    assert!(text(&run.stdout).contains("messages of Jobs are done"), "{}", text(&run.stdout));

    std::fs::write(folder.path().join("empty.yaml"), "Resources: {Topic: {Type: AWS::SNS::Topic}}").unwrap();
    let refused = aqueduct(folder.path(), &["empty.yaml", "--sketch"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("empty.yaml has no function"), "{}", text(&refused.stderr));
}

#[test]
fn each_format_can_go_to_a_file() {
    let folder = folder();
    for (format, begins) in [("text", "A calm day\n"), ("json", "{\n"), ("html", "<!DOCTYPE html>\n")] {
        let args = ["t.yaml", "--scenario", "calm.toml", "--format", format];
        let printed = aqueduct(folder.path(), &args);
        let written = aqueduct(folder.path(), &[&args[..], &["--out", "report"]].concat());
        assert!(written.stdout.is_empty(), "{format}");
        assert!(text(&written.stderr).contains("wrote report: It survives: all 600 jobs are done."), "{format}");
        let report = std::fs::read_to_string(folder.path().join("report")).unwrap();
        assert!(report.starts_with(begins), "{format}: {report}");
        assert_eq!(report, text(&printed.stdout), "{format}");
    }
}

/// `SNAPSHOTS=overwrite` writes what the command says now into the snapshot, and its beginning into the README.
#[test]
fn the_payment_outage_is_told_so_that_one_can_act() {
    let output = aqueduct(ROOT, &["--scenario", "infra/scenarios/payment-outage.toml"]);
    let report = text(&output.stdout);
    assert!(output.stderr.is_empty(), "{}", text(&output.stderr));

    let readme = std::fs::read_to_string(Path::new(ROOT).join("README.md")).unwrap();
    let opening = "simulate --scenario infra/scenarios/payment-outage.toml\n```\n\n```text\n";
    let (before, after) = readme.split_once(opening).unwrap();
    let after = after.split_once("\n```\n").unwrap().1;
    let begins: Vec<&str> = report.split("\n\n").take(3).collect();
    let readme = format!("{before}{opening}{}\n```\n{after}", begins.join("\n\n"));

    assert_data_eq!(report, file!["simulate/payment-outage.txt"].raw());
    assert_data_eq!(readme, file!["../../../README.md"].raw());
}
