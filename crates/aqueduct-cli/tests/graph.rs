//! `aqueduct graph` in each language, with parameters and with findings.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

const TEMPLATE: &str = "\
Parameters:
  Stage: {Type: String}
Resources:
  Jobs:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub '${Stage}-jobs'
      VisibilityTimeout: 5
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Jobs.Arn, FunctionName: !Ref Worker}
  Worker:
    Type: AWS::Lambda::Function
    Properties: {Timeout: 30}
";

fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("t.yaml"), TEMPLATE).unwrap();
    let config = "version = 0.1\n[live.deploy.parameters]\nparameter_overrides = \"Stage=live\"\n";
    std::fs::write(folder.path().join("samconfig.toml"), config).unwrap();
    folder
}

fn graph(folder: &Path, args: &[&str]) -> Output {
    let command = Command::new(env!("CARGO_BIN_EXE_aqueduct")).arg("graph").args(args).current_dir(folder).output();
    command.unwrap()
}

fn drawn(args: &[&str]) -> String {
    let output = graph(folder().path(), args);
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn each_language() {
    let values = ["t.yaml", "--config-env", "live", "--format"];
    let draw = |format: &str| drawn(&[&values[..], &[format]].concat());
    assert!(draw("mermaid").contains("Jobs -->|\"batches of 10\"| Worker"));
    assert!(draw("dot").contains("Jobs -> Worker [label=\"batches of 10\""));
    assert!(draw("svg").starts_with("<svg "));
    let json: serde_json::Value = serde_json::from_str(&draw("json")).unwrap();
    assert_eq!(json["edges"][0]["label"], "batches of 10");
}

#[test]
fn stacks_are_drawn_together() {
    let folder = folder();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write(
        "queues.yaml",
        "Resources: { Jobs: { Type: AWS::SQS::Queue } }\nOutputs: { Arn: { Value: !GetAtt Jobs.Arn, Export: { Name: jobs } } }\n",
    );
    write(
        "work.yaml",
        "Transform: AWS::Serverless-2016-10-31
Resources:
  Work:
    Type: AWS::Serverless::Function
    Properties:
      Events: { Jobs: { Type: SQS, Properties: { Queue: !ImportValue jobs } } }
",
    );
    let nesting =
        "Resources: { Nested: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: queues.yaml } } }\n";
    write("parent.yaml", nesting);
    write("aqueduct.toml", "[check]\ntemplates = [\"parent.yaml\", \"work.yaml\"]\n");
    let cases: [&[&str]; 3] = [&["queues.yaml", "work.yaml"], &["parent.yaml", "work.yaml"], &[]];
    for args in cases {
        let output = graph(folder.path(), args);
        let drawing = String::from_utf8_lossy(&output.stdout);
        assert!(drawing.contains("Jobs -->|\"batches of 10\"| Work"), "{args:?}: {drawing}");
        assert!(output.stderr.is_empty(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn findings_are_marked() {
    let marked = drawn(&["t.yaml", "--parameter", "Stage=test", "--findings"]);
    assert!(marked.contains("  style Jobs stroke:"), "{marked}");
}

#[test]
fn a_configuration_that_is_not_there_is_named() {
    let folder = folder();
    let output = graph(folder.path(), &["t.yaml", "--config-env", "test"]);
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("samconfig.toml has no environment `test`; it has live"), "{said}");
    std::fs::remove_file(folder.path().join("samconfig.toml")).unwrap();
    let output = graph(folder.path(), &["t.yaml", "--config-env", "test"]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("there is no samconfig.toml beside t.yaml"));
}
