//! An HTTP endpoint on this machine: it confirms, is notified, and goes, all by the links that it gets.

#![expect(clippy::unwrap_used, reason = "a test")]

use std::convert::Infallible;
use std::time::Duration;

use aqueduct_local::{Local, Options, Sockets};
use aqueduct_topology::Deployment;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// A request that the endpoint got: its headers by name, and its body.
type Got = (http::HeaderMap, String);

/// An endpoint that takes whatever comes; its URL, and what came.
async fn endpoint() -> (String, mpsc::UnboundedReceiver<Got>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hook", listener.local_addr().unwrap());
    let (sender, requests) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let sender = sender.clone();
            let service = service_fn(move |request: Request<Incoming>| {
                let sender = sender.clone();
                async move {
                    let (parts, body) = request.into_parts();
                    let body = body.collect().await.unwrap().to_bytes();
                    let _ = sender.send((parts.headers, String::from_utf8_lossy(&body).into_owned()));
                    Ok::<_, Infallible>(Response::new(Full::new(Bytes::new())))
                }
            });
            tokio::spawn(hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service));
        }
    });
    (url, requests)
}

async fn next(requests: &mut mpsc::UnboundedReceiver<Got>) -> (http::HeaderMap, Value) {
    let (headers, body) = tokio::time::timeout(Duration::from_secs(30), requests.recv()).await.unwrap().unwrap();
    (headers, serde_json::from_str(&body).unwrap())
}

async fn visit(link: &str) -> String {
    let client = Client::builder(TokioExecutor::new()).build_http::<Full<Bytes>>();
    let response = client.get(link.parse().unwrap()).await.unwrap();
    assert_eq!(response.status(), 200);
    String::from_utf8_lossy(&response.into_body().collect().await.unwrap().to_bytes()).into_owned()
}

/// A call in the query protocol, signed as far as this cloud looks.
async fn call(local: &Local, form: &str) -> String {
    let request = Request::post(format!("{}/", local.endpoint()))
        .header("content-type", "application/x-www-form-urlencoded")
        .header("authorization", "AWS4-HMAC-SHA256 Credential=any/20261123/us-east-1/sns/aws4_request, Signature=0")
        .body(Full::new(Bytes::from(format!("{form}&Version=2010-03-31"))))
        .unwrap();
    let response = Client::builder(TokioExecutor::new()).build_http().request(request).await.unwrap();
    assert_eq!(response.status(), 200, "{form}");
    String::from_utf8_lossy(&response.into_body().collect().await.unwrap().to_bytes()).into_owned()
}

#[tokio::test]
async fn an_endpoint_comes_and_goes_by_its_links() {
    let (url, mut requests) = endpoint().await;
    let template = format!(
        "
Resources:
  Topic: {{ Type: AWS::SNS::Topic, Properties: {{ TopicName: events }} }}
  Subscription:
    Type: AWS::SNS::Subscription
    Properties: {{ TopicArn: !Ref Topic, Protocol: http, Endpoint: '{url}' }}
"
    );
    let (draft, _) = aqueduct_topology::read(&template, &Deployment::default());
    let sockets = Sockets::bind(&draft, 0, 0).unwrap();
    let (topology, diagnostics) = aqueduct_topology::read(&template, &sockets.deployment(Deployment::default()));
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    let local = Local::start(&topology, sockets, Options::default()).await.unwrap();
    let topic = &topology.topics[0].arn;

    let (headers, asked) = next(&mut requests).await;
    assert_eq!(headers["x-amz-sns-message-type"], "SubscriptionConfirmation");
    assert_eq!(headers["user-agent"], "Amazon Simple Notification Service Agent");
    let confirmed = visit(asked["SubscribeURL"].as_str().unwrap()).await;
    assert!(confirmed.contains("<ConfirmSubscriptionResult><SubscriptionArn>arn:aws:sns:"), "{confirmed}");

    call(&local, &format!("Action=Publish&TopicArn={topic}&Message=hello")).await;
    let (headers, notification) = next(&mut requests).await;
    assert_eq!(
        (&headers["x-amz-sns-message-type"], &notification["Message"]),
        (&"Notification".parse().unwrap(), &"hello".into())
    );
    assert_eq!(headers["x-amz-sns-topic-arn"], topic.as_str());

    visit(notification["UnsubscribeURL"].as_str().unwrap()).await;
    let (headers, goodbye) = next(&mut requests).await;
    assert_eq!(headers["x-amz-sns-message-type"], "UnsubscribeConfirmation");
    assert_eq!(goodbye["Type"], "UnsubscribeConfirmation");
    local.idle().await.unwrap();
    local.shutdown().await;
}
