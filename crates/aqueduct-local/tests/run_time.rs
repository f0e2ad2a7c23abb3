//! Functions made through the API of a running cloud.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::io::{Cursor, Write};
use std::path::PathBuf;
use std::time::Duration;

use aqueduct_local::{Local, Options, Sockets};
use aqueduct_topology::Topology;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use zip::write::{SimpleFileOptions, ZipWriter};

type Body = Full<bytes::Bytes>;

/// A cloud without a template, and a client of it.
struct Run {
    local: Local,
    client: Client<HttpConnector, Body>,
}

struct Answer {
    status: u16,
    headers: http::HeaderMap,
    body: Value,
}

impl Run {
    async fn start() -> Self {
        let topology = Topology::default();
        let sockets = Sockets::bind(&topology, 0, 0).unwrap();
        let local = Local::start(&topology, sockets, Options::default()).await.unwrap();
        Self { local, client: Client::builder(TokioExecutor::new()).build_http() }
    }

    async fn send(&self, request: http::Request<Body>) -> Answer {
        let (head, body) = self.client.request(request).await.unwrap().into_parts();
        let bytes = body.collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&bytes).unwrap_or_else(|_| json!(String::from_utf8_lossy(&bytes)));
        Answer { status: head.status.as_u16(), headers: head.headers, body }
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        let uri = format!("{}{path}", self.local.endpoint());
        let mut request = http::Request::builder().method(method).uri(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request.body(body.into()).unwrap()).await
    }

    async fn call(&self, method: &str, path: &str, body: &Value) -> Answer {
        self.ask(method, path, &[], body.to_string()).await
    }

    async fn create(&self, code: &Value, variables: &Value) -> Answer {
        let create = json!({
            "FunctionName": "probe", "Runtime": "provided.al2023", "Handler": "bootstrap", "Timeout": 10,
            "Role": "arn:aws:iam::000000000000:role/probe", "Code": code, "Environment": { "Variables": variables },
        });
        self.call("POST", "/2015-03-31/functions", &create).await
    }

    /// Waits as a waiter of an SDK does.
    async fn settled(&self) {
        let wait = async {
            loop {
                let answer = self.ask("GET", "/2015-03-31/functions/probe/configuration", &[], "").await;
                if answer.body["State"] == "Active" && answer.body["LastUpdateStatus"] == "Successful" {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), wait).await.expect("the function becomes active");
    }

    async fn invoke(&self, headers: &[(&str, &str)], order: &Value) -> Answer {
        let event = json!({ "body": order.to_string() }).to_string();
        self.ask("POST", "/2015-03-31/functions/probe/invocations", headers, event).await
    }
}

/// The example beside this test, which cargo builds with it.
fn probe() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    own.parent().unwrap().parent().unwrap().join("examples/probe")
}

/// The example as an archive.
fn compiled() -> Vec<u8> {
    archive(&std::fs::read(probe()).unwrap(), 0o755)
}

/// A small archive that starts the example.
fn script(mode: u32) -> Vec<u8> {
    archive(format!("#!/bin/sh\nexec '{}'\n", probe().display()).as_bytes(), mode)
}

fn archive(bootstrap: &[u8], mode: u32) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("bootstrap", SimpleFileOptions::default().unix_permissions(mode)).unwrap();
    zip.write_all(bootstrap).unwrap();
    zip.finish().unwrap().into_inner()
}

fn zip_file(zip: &[u8]) -> Value {
    json!({ "ZipFile": BASE64_STANDARD.encode(zip) })
}

#[tokio::test]
async fn a_function_is_made_invoked_changed_and_deleted() {
    let run = Run::start().await;
    let zip = script(0o755);
    let made = run.create(&zip_file(&zip), &json!({ "GREETING": "hello" })).await;
    assert_eq!((made.status, made.body["State"].as_str()), (201, Some("Pending")), "{}", made.body);
    assert_eq!(made.body["CodeSize"], zip.len());
    run.settled().await;

    let first = run.invoke(&[("x-amz-log-type", "Tail")], &json!({"do": "describe", "subject": "o-1"})).await;
    assert_eq!(first.status, 200, "{}", first.body);
    assert_eq!(first.body["environment"]["GREETING"], "hello");
    assert_eq!(first.body["environment"]["AWS_ENDPOINT_URL"], run.local.endpoint());
    let log = BASE64_STANDARD.decode(&first.headers["x-amz-log-result"]).unwrap();
    let log = String::from_utf8(log).unwrap();
    assert!(log.starts_with("START RequestId: ") && log.contains("at work") && log.contains("REPORT"), "{log}");

    let update = json!({ "Environment": { "Variables": { "GREETING": "again" } } });
    let updated = run.call("PUT", "/2015-03-31/functions/probe/configuration", &update).await;
    assert_eq!(updated.body["LastUpdateStatus"], "InProgress", "{}", updated.body);
    run.settled().await;
    let second = run.invoke(&[], &json!({"do": "describe"})).await;
    assert_eq!(second.body["environment"]["GREETING"], "again");
    assert_ne!(second.body["pid"], first.body["pid"], "changed functions run in new processes");

    assert_eq!(run.ask("DELETE", "/2015-03-31/functions/probe", &[], "").await.status, 204);
    assert_eq!(run.invoke(&[], &json!({})).await.status, 404);
    run.local.shutdown().await;
}

#[tokio::test]
async fn code_comes_from_s3_too() {
    let run = Run::start().await;
    let missing = run.create(&json!({ "S3Bucket": "code", "S3Key": "probe.zip" }), &json!({})).await;
    assert_eq!(missing.status, 400, "{}", missing.body);
    assert!(
        missing.body["message"].as_str().unwrap().starts_with("Error occurred while GetObject."),
        "{}",
        missing.body
    );
    let s3 =
        [("authorization", "AWS4-HMAC-SHA256 Credential=test/20261123/us-east-1/s3/aws4_request, SignedHeaders=host")];
    assert_eq!(run.ask("PUT", "/code", &s3, "").await.status, 200);
    assert_eq!(run.ask("PUT", "/code/probe.zip", &s3, compiled()).await.status, 200);
    let made = run.create(&json!({ "S3Bucket": "code", "S3Key": "probe.zip" }), &json!({})).await;
    assert_eq!(made.status, 201, "{}", made.body);
    run.settled().await;
    assert_eq!(run.invoke(&[], &json!({"do": "describe"})).await.status, 200);
    run.local.shutdown().await;
}

#[tokio::test]
async fn a_url_that_is_made_at_run_time_is_served_on_the_endpoint() {
    let run = Run::start().await;
    run.create(&zip_file(&script(0o755)), &json!({})).await;
    run.settled().await;
    let made = run.call("POST", "/2021-10-31/functions/probe/url", &json!({ "AuthType": "NONE" })).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let url = made.body["FunctionUrl"].as_str().unwrap().to_owned();
    let order = json!({"do": "describe"}).to_string();
    let by_path = http::Request::post(format!("{url}deep/path?a=1"))
        .header("content-type", "application/json")
        .body(Body::from(order.clone()));
    assert_eq!(run.send(by_path.unwrap()).await.status, 200);
    let id = url.trim_end_matches('/').rsplit('/').next().unwrap();
    let by_host = http::Request::post(run.local.endpoint())
        .header("host", format!("{id}.lambda-url.us-east-1.localhost"))
        .header("content-type", "application/json")
        .body(Body::from(order));
    assert_eq!(run.send(by_host.unwrap()).await.status, 200);
    let unknown = run.ask("GET", "/lambda-url/nobody/", &[], "").await;
    assert_eq!((unknown.status, &unknown.body["Message"]), (403, &json!("Forbidden")));
    run.local.shutdown().await;
}

#[tokio::test]
async fn what_cannot_be_started_fails_its_invocation() {
    let run = Run::start().await;
    run.create(&zip_file(&script(0o644)), &json!({})).await;
    run.settled().await;
    let failed = run.invoke(&[], &json!({"do": "describe"})).await;
    assert_eq!(failed.headers["x-amz-function-error"], "Unhandled");
    assert_eq!(failed.body["errorType"], "Runtime.InvalidEntrypoint", "{}", failed.body);
    run.local.shutdown().await;
}
