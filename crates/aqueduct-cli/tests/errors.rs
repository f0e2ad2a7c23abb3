//! What the command says when it cannot run: one message that names the place and the way out, and exit code 2.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

const FUNCTION: &str = "Transform: AWS::Serverless-2016-10-31
Resources:
  Work:
    Type: AWS::Serverless::Function
    Metadata: { BuildMethod: rust-cargolambda, BuildProperties: { Binary: BINARY } }
    Properties: { CodeUri: CODE, Handler: bootstrap, Runtime: provided.al2023 }
";

fn aqueduct(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_aqueduct")).args(args).current_dir(folder).output().unwrap()
}

/// The exit code is 2, nothing is on standard output, and standard error has each of `words`.
fn refuses(output: &Output, words: &[&str]) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stdout));
    for word in words {
        assert!(said.contains(word), "{word:?} is missing from:\n{said}");
    }
    assert!(!said.contains('\u{1b}'), "no colours where no terminal is:\n{said}");
    assert_eq!(said.matches("error: ").count(), 1, "one message:\n{said}");
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

#[test]
fn a_missing_template_is_named() {
    let folder = folder(&[]);
    for command in ["up", "check", "graph"] {
        let output = aqueduct(folder.path(), &[command]);
        refuses(&output, &["infra/template.yaml", "name another template"]);
    }
}

/// Nested stacks run with the stack that nests them, and several templates run together.
#[test]
fn what_templates_name_runs_with_them() {
    let queue = "Resources: { Jobs: { Type: AWS::SQS::Queue } }\nOutputs: { Arn: { Value: !GetAtt Jobs.Arn } }\n";
    let parent = "Resources:
  Nested: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: nested/queue.yaml } }
  Topic: { Type: AWS::SNS::Topic }
  Feed:
    Type: AWS::SNS::Subscription
    Properties: { TopicArn: !Ref Topic, Protocol: sqs, Endpoint: !GetAtt Nested.Outputs.Arn }
";
    let other = "Resources: { Other: { Type: AWS::SQS::Queue } }\n";
    let folder = folder(&[("t.yaml", parent), ("nested/queue.yaml", queue), ("other.yaml", other)]);
    let templates = ["--template", "t.yaml", "--template", "other.yaml"];
    let output = aqueduct(folder.path(), &[&["up", "--port", "0", "--until-idle"], &templates[..]].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    for words in ["t.yaml, other.yaml: 0 functions, 2 queues, 1 topic", "Topic", "-> Jobs"] {
        assert!(said.contains(words), "{words:?} is missing from:\n{said}");
    }
    let output = aqueduct(folder.path(), &[&["up", "--endpoint", "http://127.0.0.1:9"], &templates[..]].concat());
    refuses(&output, &["one template", "--template"]);
    let output = aqueduct(folder.path(), &["up", "--template", "gone.yaml"]);
    refuses(&output, &["gone.yaml"]);
}

/// A function of a nested stack has its code beside that stack's template.
#[test]
fn code_lies_beside_the_template_that_names_it() {
    let parent = "Resources:
  Nested: { Type: AWS::CloudFormation::Stack, Properties: { TemplateURL: nested/t.yaml } }
";
    let nested = FUNCTION.replace("CODE", "./work");
    let folder = folder(&[("t.yaml", parent), ("nested/t.yaml", &nested)]);
    let output = aqueduct(folder.path(), &["up", "--template", "t.yaml", "--port", "0"]);
    refuses(&output, &["Work", "nested/work", "does not exist"]);
}

/// What people name in the place of a template, and what they should name.
#[test]
fn what_is_no_template_is_told_for_what_it_is() {
    let serverless = "service: shop\nprovider: { name: aws }\nfunctions: { work: { handler: index.work } }\n";
    let folder = folder(&[
        ("cdk.out/Shop.template.json", r#"{"Resources": {}}"#),
        ("cdk.out/manifest.json", r#"{"version": "36.0.0", "artifacts": {}}"#),
        ("serverless.yml", serverless),
        ("main.tf", "resource \"aws_sqs_queue\" \"jobs\" {}\n"),
    ]);
    for (path, words) in [
        ("cdk.out", "name a template in it, such as cdk.out/Shop.template.json"),
        ("main.tf", "terraform show -json plan.out"),
    ] {
        refuses(&aqueduct(folder.path(), &["check", path]), &[path, words]);
    }
    for (path, words) in
        [("cdk.out/manifest.json", "name a STACK.template.json"), ("serverless.yml", "serverless package")]
    {
        let output = aqueduct(folder.path(), &["check", path]);
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(said.contains(words) && output.status.code() == Some(2), "{path}: {said}");
    }
    let output = aqueduct(folder.path(), &["explain", "visibility-under"]);
    refuses(&output, &["did you mean `visibility-under-function-timeout`?"]);
}

#[test]
fn a_broken_template_is_shown_at_the_place() {
    let folder = folder(&[("t.yaml", "Resources:\n  Queue:\n   Type: [AWS::SQS::Queue\n")]);
    refuses(&aqueduct(folder.path(), &["up", "--template", "t.yaml"]), &["--> t.yaml:", "^"]);
}

#[test]
fn a_port_in_use_is_named() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let folder = folder(&[("t.yaml", "Resources:\n  Queue: { Type: AWS::SQS::Queue }\n")]);
    let output = aqueduct(folder.path(), &["up", "--template", "t.yaml", "--port", &port]);
    refuses(&output, &[&port, "in use", "--port"]);
}

#[test]
fn a_folder_that_is_not_there_is_named_with_its_line() {
    let template = FUNCTION.replace("CODE", "../gone").replace("BINARY", "work");
    let folder = folder(&[("infra/template.yaml", &template)]);
    refuses(&aqueduct(folder.path(), &["up", "--port", "0"]), &["Work", "template line 3", "../gone", "CodeUri"]);
}

#[test]
fn a_binary_that_is_not_there_is_named_with_those_that_are() {
    let template = FUNCTION.replace("CODE", "../work").replace("BINARY", "play");
    let manifest = "[package]\nname = \"work\"\nedition = \"2024\"\n[workspace]\n";
    let folder = folder(&[
        ("infra/template.yaml", &template),
        ("work/Cargo.toml", manifest),
        ("work/src/main.rs", "fn main() {}"),
    ]);
    refuses(&aqueduct(folder.path(), &["up", "--port", "0"]), &["Work", "\"play\"", "\"work\"", "BuildProperties"]);
}

#[test]
fn a_function_that_does_not_build_is_named_with_the_compilers_words() {
    let template = FUNCTION.replace("CODE", "../work").replace("BINARY", "work");
    let manifest = "[package]\nname = \"work\"\nedition = \"2024\"\n[workspace]\n";
    let folder = folder(&[
        ("infra/template.yaml", &template),
        ("work/Cargo.toml", manifest),
        ("work/src/main.rs", "fn main() { nonsense() }"),
    ]);
    let output = Command::new(env!("CARGO_BIN_EXE_aqueduct"))
        .args(["up", "--port", "0"])
        .current_dir(folder.path())
        .env("CARGO_TARGET_DIR", folder.path().join("target"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{said}");
    for word in ["function Work (template line 3) did not build", "src/main.rs:1:13", "nonsense"] {
        assert!(said.contains(word), "{word:?} is missing from:\n{said}");
    }
}

#[test]
fn events_that_cannot_be_sent_are_refused_before_anything_is_built() {
    let template = FUNCTION.replace("CODE", "../work").replace("BINARY", "work");
    let folder = folder(&[("infra/template.yaml", &template), ("event.json", "{}")]);
    let output = aqueduct(folder.path(), &["up", "--port", "0", "--send", "event.json"]);
    refuses(&output, &["no function of the template has a URL", "FunctionUrlConfig"]);
    let with_url = template.replace("CodeUri", "FunctionUrlConfig: { AuthType: NONE }, CodeUri");
    std::fs::write(folder.path().join("infra/template.yaml"), with_url).unwrap();
    let output = aqueduct(folder.path(), &["up", "--port", "0", "--send", "event.json"]);
    refuses(&output, &["event.json", "rawPath"]);
}

#[test]
fn the_exit_code_of_match_is_the_answer() {
    let folder = folder(&[("pattern.json", r#"{"detail": {"total": [{"numeric": [">", 100]}]}}"#)]);
    let run = |event: &str| aqueduct(folder.path(), &["match", "pattern.json", event]);
    assert_eq!(run(r#"{"detail": {"total": 101}}"#).status.code(), Some(0));
    let refused = run(r#"{"detail": {"total": 12}}"#);
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stdout).contains("detail.total"));
    refuses(&run("nowhere.json"), &["nowhere.json"]);
}

#[test]
fn a_signal_ends_the_command_with_its_exit_code() {
    let folder = folder(&[("t.yaml", "Resources:\n  Queue: { Type: AWS::SQS::Queue }\n")]);
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_aqueduct"))
            .args(["up", "--template", "t.yaml", "--port", "0"])
            .current_dir(folder.path())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(command.stderr.take().unwrap()).lines();
        assert!(lines.map_while(Result::ok).any(|line| line.contains("AWS_ENDPOINT_URL=http://127.0.0.1:")));
        assert!(Command::new("kill").args([signal, &command.id().to_string()]).status().unwrap().success());
        assert_eq!(command.wait().unwrap().code(), Some(code), "{signal}");
    }
}

#[test]
fn an_endpoint_that_is_away_is_named() {
    let gone = TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap();
    let folder = folder(&[("t.yaml", "Resources:\n  Jobs: { Type: AWS::SQS::Queue }\n")]);
    let endpoint = format!("http://{gone}");
    let output = aqueduct(folder.path(), &["up", "--template", "t.yaml", "--endpoint", &endpoint]);
    refuses(&output, &[&endpoint, "cannot reach", "refused", "start it"]);
    let output = aqueduct(folder.path(), &["up", "--template", "t.yaml", "--endpoint", "https://sqs.amazonaws.com"]);
    refuses(&output, &["AWS itself", "http://localhost:4566"]);
}

#[test]
fn a_queue_that_the_endpoint_does_not_have_is_named() {
    let folder = folder(&[
        ("cloud.yaml", "Resources:\n  Jobs: { Type: AWS::SQS::Queue }\n"),
        ("t.yaml", "Resources:\n  Jobs: { Type: AWS::SQS::Queue }\n  Other: { Type: AWS::SQS::Queue }\n"),
    ]);
    let mut cloud = Command::new(env!("CARGO_BIN_EXE_aqueduct"))
        .args(["up", "--template", "cloud.yaml", "--port", "0"])
        .current_dir(folder.path())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(cloud.stderr.take().unwrap()).lines().map_while(Result::ok);
    let endpoint = lines.find_map(|line| {
        let (_, rest) = line.split_once("AWS_ENDPOINT_URL=")?;
        rest.split(' ').next().map(str::to_owned)
    });
    let up = |more: &[&str]| {
        let endpoint = endpoint.as_deref().unwrap();
        aqueduct(folder.path(), &[&["up", "--template", "t.yaml", "--endpoint", endpoint], more].concat())
    };
    refuses(&up(&[]), &["queue Other (aqueduct-Other)", "--stack", "--resource"]);
    refuses(&up(&["--resource", "Another=jobs"]), &["Another", "no queue"]);
    refuses(&up(&["--stack", "shop"]), &["DescribeStackResources", "without --stack"]);
    let found = up(&["--resource", "Other=aqueduct-Jobs", "--until-idle"]);
    assert_eq!(found.status.code(), Some(0), "{}", String::from_utf8_lossy(&found.stderr));
    cloud.kill().unwrap();
    cloud.wait().unwrap();
}
