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
