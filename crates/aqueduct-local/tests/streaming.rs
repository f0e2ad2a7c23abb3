//! Answers that a function streams, on their way to whoever asked.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod support;

use std::path::Path;
use std::time::Duration;

use aqueduct_local::{Event, Local};
use aqueduct_services::What;
use http::Response;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use support::{rest, start, with_probe};

fn template(mode: &str) -> String {
    format!(
        "
Transform: AWS::Serverless-2016-10-31
Resources:
  Probe:
    Type: AWS::Serverless::Function
    Properties:
      CodeUri: .
      Handler: bootstrap
      Runtime: provided.al2023
      Timeout: 20
      FunctionName: probe
      FunctionUrlConfig: {{ AuthType: NONE, InvokeMode: {mode} }}
"
    )
}

async fn local(mode: &str) -> Local {
    start(&template(mode), 0, with_probe()).await.0
}

async fn post(url: String, body: &Value) -> Response<Incoming> {
    let body = Full::new(bytes::Bytes::from(body.to_string()));
    let request = http::Request::post(url).header("content-type", "application/json").body(body).unwrap();
    let answer = Client::builder(TokioExecutor::new()).build_http().request(request);
    tokio::time::timeout(Duration::from_secs(30), answer).await.unwrap().unwrap()
}

/// What the function URL answers, its body yet to come.
async fn ask(local: &Local, order: &Value) -> Response<Incoming> {
    post(local.function_url("Probe").unwrap().to_owned(), order).await
}

/// What `InvokeWithResponseStream` answers.
async fn invoke(local: &Local, order: &Value) -> Response<Incoming> {
    let url = format!("{}/2021-11-15/functions/probe/response-streaming-invocations", local.endpoint());
    post(url, &json!({"body": order.to_string()})).await
}

async fn piece(response: &mut Response<Incoming>) -> Option<String> {
    let frame = tokio::time::timeout(Duration::from_secs(30), response.frame()).await.unwrap()?;
    Some(String::from_utf8_lossy(&frame.unwrap().into_data().unwrap()).into_owned())
}

fn header<'a>(response: &'a Response<Incoming>, name: &str) -> &'a str {
    response.headers()[name].to_str().unwrap()
}

async fn left(response: Response<Incoming>) -> String {
    String::from_utf8_lossy(&response.into_body().collect().await.unwrap().to_bytes()).into_owned()
}

fn order(gate: &Path) -> Value {
    json!({"do": "stream", "status": 201, "pieces": ["first ", "second ", "third"], "gate": gate})
}

#[tokio::test]
async fn pieces_come_while_the_function_makes_them() {
    let (local, folder) = (local("RESPONSE_STREAM").await, tempfile::tempdir().unwrap());
    let gate = folder.path().join("gate");
    let mut response = ask(&local, &order(&gate)).await;
    assert_eq!((response.status().as_u16(), header(&response, "content-type")), (201, "application/octet-stream"));
    assert_eq!(piece(&mut response).await.as_deref(), Some("first "), "the others are not there yet");
    std::fs::write(&gate, "").unwrap();
    assert_eq!(left(response).await, "second third");
    rest(&local).await;
    let mut response = invoke(&local, &order(&folder.path().join("other"))).await;
    assert_eq!(response.headers()["content-type"], "application/vnd.amazon.eventstream");
    let mut text = String::new();
    while !text.contains("first ") {
        text.push_str(&piece(&mut response).await.unwrap());
    }
    std::fs::write(folder.path().join("other"), "").unwrap();
    assert!(
        text.contains("PayloadChunk") && text.contains(r#"{"statusCode":201"#),
        "the API hands on the prelude: {text}"
    );
    let end = left(response).await;
    assert!(end.contains("third") && end.contains("InvokeComplete") && !end.contains("ErrorCode"), "{end}");
    local.shutdown().await;
}

#[tokio::test]
async fn a_url_that_buffers_answers_when_all_of_it_is_there() {
    let (local, folder) = (local("BUFFERED").await, tempfile::tempdir().unwrap());
    let gate = folder.path().join("gate");
    let (asked, early) = (order(&gate), async { std::fs::write(&gate, "").unwrap() });
    let (response, ()) = tokio::join!(ask(&local, &asked), early);
    assert_eq!((response.status().as_u16(), header(&response, "content-length")), (201, "18"));
    assert_eq!(left(response).await, "first second third");
    local.shutdown().await;
}

#[tokio::test]
async fn a_url_that_streams_takes_an_answer_in_one_piece_as_the_body() {
    let local = local("RESPONSE_STREAM").await;
    let response = ask(&local, &json!({"do": "fail"})).await;
    assert_eq!((response.status().as_u16(), left(response).await.as_str()), (200, "\"failed\""));
    let response = ask(&local, &json!({"do": "refuse"})).await;
    assert_eq!(response.status().as_u16(), 502);
    local.shutdown().await;
}

#[tokio::test]
async fn an_answer_whose_function_dies_breaks_off_and_is_not_taken_for_whole() {
    let (local, order) =
        (local("RESPONSE_STREAM").await, json!({"do": "stream", "pieces": ["first"], "then": "crash"}));
    let mut events = local.events();
    let response = ask(&local, &order).await;
    assert_eq!(response.status().as_u16(), 200);
    response.into_body().collect().await.unwrap_err();
    let failure = async {
        loop {
            if let Event::Note(note) = events.recv().await.unwrap()
                && let What::Failed { error_type, .. } = note.what
            {
                return error_type;
            }
        }
    };
    let error_type = tokio::time::timeout(Duration::from_secs(20), failure).await.unwrap();
    assert!(["Runtime.ExitError", "Runtime.TruncatedResponse"].contains(&error_type.as_str()), "{error_type}");
    let text = left(invoke(&local, &order).await).await;
    assert!(text.contains("first") && text.contains(r#""ErrorCode":"Unhandled""#), "{text}");
    local.shutdown().await;
}

#[tokio::test]
async fn a_function_goes_on_when_its_caller_hangs_up() {
    let (local, folder) = (local("RESPONSE_STREAM").await, tempfile::tempdir().unwrap());
    let gate = folder.path().join("gate");
    // More pieces than wait for a reader.
    let pieces: Vec<String> = (0..100).map(|number| number.to_string()).collect();
    let mut response = ask(&local, &json!({"do": "stream", "pieces": pieces, "gate": gate})).await;
    assert_eq!(piece(&mut response).await.as_deref(), Some("0"));
    drop(response);
    std::fs::write(&gate, "").unwrap();
    rest(&local).await;
    assert_eq!(ask(&local, &json!({"do": "describe"})).await.status().as_u16(), 200, "and works again");
    local.shutdown().await;
}
