//! `aqueduct serve`: what it says, how it ends, and what it refuses.

#![expect(clippy::unwrap_used, reason = "a test")]

mod support;

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::json;
use support::{Client, Server, said};

fn serve(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_aqueduct")).arg("serve").args(args).output().unwrap()
}

/// The exit code is 2, nothing is on standard output, and standard error has each of `words`.
fn refuses(output: &Output, words: &[&str]) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{said}");
    for word in words {
        assert!(said.contains(word), "{word:?} is missing from:\n{said}");
    }
}

/// Makes a queue; its URL.
fn queue(client: &mut Client, name: &str) -> String {
    let answer = client.get("AmazonSQS.CreateQueue", &json!({ "QueueName": name }));
    answer["QueueUrl"].as_str().unwrap().to_owned()
}

fn end(server: &Server, signal: &str) {
    let pid = server.child.id().to_string();
    assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
}

#[test]
fn it_says_where_it_is_and_ends_with_a_signal() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let mut server = Server::start(&["--region", "eu-central-1", "--account", "123456789012"]);
        let mut client = server.connect();
        let queue = queue(&mut client, "work");
        assert_eq!(queue, format!("{}/123456789012/work", server.url));
        let names = json!({ "QueueUrl": queue, "AttributeNames": ["QueueArn"] });
        let answer = client.get("AmazonSQS.GetQueueAttributes", &names);
        assert_eq!(answer["Attributes"]["QueueArn"], "arn:aws:sqs:eu-central-1:123456789012:work");
        end(&server, signal);
        assert_eq!(server.child.wait().unwrap().code(), Some(code));
        let said = said(&mut server.child);
        let export = format!("export AWS_ENDPOINT_URL={} AWS_REGION=eu-central-1", server.url);
        for word in [&export, "AWS_ACCESS_KEY_ID=test", "aws sqs", "in memory"] {
            assert!(said.contains(word), "{word:?} is missing from:\n{said}");
        }
        let mut rest = String::new();
        server.child.stdout.take().unwrap().read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "", "one line is all that standard output has");
    }
}

#[test]
fn every_service_answers() {
    let server = Server::start(&[]);
    let mut client = server.connect();
    queue(&mut client, "work");
    client.get("AWSEvents.ListEventBuses", &json!({}));
    let tables = client.get("DynamoDB_20120810.ListTables", &json!({}));
    assert_eq!(tables["TableNames"], json!([]));
    let identity = client.query("Action=GetCallerIdentity&Version=2011-06-15").unwrap().unwrap();
    assert!(identity.to_string().contains("000000000000"), "{identity}");
    client.query("Action=CreateTopic&Name=news&Version=2010-03-31").unwrap().unwrap();
}

#[test]
fn a_loss_is_said_and_what_goes_well_is_not() {
    let mut server = Server::start(&[]);
    let mut client = server.connect();
    let queue = queue(&mut client, "work");
    let body = json!({ "subject": "ord_7" }).to_string();
    client.get("AmazonSQS.SendMessage", &json!({ "QueueUrl": queue, "MessageBody": body }));
    client.get("AmazonSQS.ReceiveMessage", &json!({ "QueueUrl": queue }));
    client.get("AmazonSQS.PurgeQueue", &json!({ "QueueUrl": queue }));
    let lines = BufReader::new(server.child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let mut about = lines.filter(|line| line.contains("ord_7"));
    let first = about.next().unwrap();
    assert!(first.contains("work") && first.contains("purged"), "the first word on it is its loss: {first}");
}

#[test]
fn a_port_in_use_is_named_with_the_way_out() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    refuses(&serve(&["--port", &port]), &[&port, "--port", "any free one"]);
}

#[test]
fn an_account_has_twelve_digits() {
    refuses(&serve(&["--account", "12"]), &["twelve digits"]);
}

#[test]
fn one_process_at_a_time_uses_the_data() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("data");
    let path = path.to_str().unwrap();
    let server = Server::start(&["--data", path]);
    let process = format!("process {}", server.child.id());
    refuses(&serve(&["--port", "0", "--data", path]), &[path, "in use", &process]);
    server.kill();
    Server::start(&["--data", path]);
}

#[test]
fn a_later_format_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let marker = r#"{"format": 1000, "written_by": "aqueduct 99.0.0"}"#;
    std::fs::write(folder.path().join("aqueduct.json"), marker).unwrap();
    let output = serve(&["--port", "0", "--data", folder.path().to_str().unwrap()]);
    refuses(&output, &["format 1000", "aqueduct 99.0.0", "another folder"]);
}

#[test]
fn a_folder_of_something_else_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("thesis.txt"), "x").unwrap();
    let output = serve(&["--port", "0", "--data", folder.path().to_str().unwrap()]);
    refuses(&output, &["not empty", "new or an empty folder"]);
}

#[test]
fn the_region_of_the_data_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    Server::start(&["--data", path, "--region", "eu-central-1"]).kill();
    refuses(&serve(&["--port", "0", "--data", path, "--region", "us-east-1"]), &["eu-central-1", "--region"]);
    let mut client = Server::start(&["--data", path]);
    end(&client, "TERM");
    client.child.wait().unwrap();
    assert!(said(&mut client.child).contains("AWS_REGION=eu-central-1"));
}

#[test]
fn tables_and_objects_stay() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_str().unwrap();
    let server = Server::start(&["--data", path]);
    let table = json!({
        "TableName": "table", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
        "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
    });
    let mut client = server.connect();
    client.get("DynamoDB_20120810.CreateTable", &table);
    client.get("DynamoDB_20120810.PutItem", &json!({ "TableName": "table", "Item": { "id": { "S": "1" } } }));
    server.kill();
    let server = Server::start(&["--data", path]);
    let items = server.connect().get("DynamoDB_20120810.Scan", &json!({ "TableName": "table" }));
    assert_eq!(items["Items"], json!([{ "id": { "S": "1" } }]));
    assert!(Path::new(path).join("dynamodb.sqlite").exists());
}
