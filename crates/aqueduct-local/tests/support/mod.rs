//! The set-up that tests of local runs share: the probe, a cloud on free ports, and a plain client of its endpoint.

#![allow(dead_code, reason = "each test file compiles this module for itself and uses its own part of it")]

use std::collections::BTreeMap;
use std::time::Duration;

use aqueduct_local::{Local, Options, Sockets};
use aqueduct_topology::{Deployment, Topology};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

/// A request with its whole body.
pub(crate) type Request = http::Request<Full<bytes::Bytes>>;

/// Options whose function `Probe` is the example beside this test, which cargo builds with it.
pub(crate) fn with_probe() -> Options {
    let own = std::env::current_exe().unwrap();
    let probe = own.parent().unwrap().parent().unwrap().join("examples/probe");
    Options { executables: BTreeMap::from([("Probe".to_owned(), probe)]), ..Options::default() }
}

/// Reads a template that has nothing to complain of.
pub(crate) fn read(template: &str, deployment: &Deployment) -> Topology {
    let (topology, diagnostics) = aqueduct_topology::read(template, deployment);
    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    topology
}

/// Starts the cloud of a template on `port`, or on any when that is 0; its topology too.
pub(crate) async fn start(template: &str, port: u16, options: Options) -> (Local, Topology) {
    let draft = read(template, &Deployment::default());
    // A port that was free a moment ago may be lent to a connection of another test meanwhile.
    let sockets = tokio::time::timeout(Duration::from_secs(90), async {
        loop {
            match Sockets::bind(&draft, port, 0) {
                Ok(sockets) => break sockets,
                Err(error) => assert_ne!(port, 0, "{error}"),
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let sockets = sockets.await.expect("the port becomes free again");
    let topology = read(template, &sockets.deployment(Deployment::default()));
    (Local::start(&topology, sockets, options).await.unwrap(), topology)
}

/// The status and the body of an answer.
pub(crate) async fn send(request: Request) -> (u16, String) {
    let response = Client::builder(TokioExecutor::new()).build_http().request(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (status, String::from_utf8_lossy(&body).into_owned())
}

/// Calls an action of a service that speaks JSON, such as `AmazonSQS.SendMessage`.
pub(crate) async fn call(local: &Local, target: &str, input: &Value) -> (u16, Value) {
    let request = http::Request::post(local.endpoint())
        .header("content-type", "application/x-amz-json-1.0")
        .header("x-amz-target", target)
        .body(Full::new(bytes::Bytes::from(input.to_string())))
        .unwrap();
    let (status, body) = send(request).await;
    (status, serde_json::from_str(&body).unwrap_or(Value::String(body)))
}

/// Waits until the cloud has nothing to do.
pub(crate) async fn rest(local: &Local) {
    tokio::time::timeout(Duration::from_secs(30), local.idle()).await.unwrap().unwrap();
}
