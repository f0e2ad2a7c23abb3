//! The shop as its customers reach it.

use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::{HeaderMap, Method, Request, Response};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

use super::{Stack, eventually};

/// An HTTP client for the shop.
pub(crate) struct Shop {
    base: String,
    host: Option<String>,
    client: Client<HttpConnector, Full<Bytes>>,
}

/// An HTTP answer; the body is `Null` when it is not JSON.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl Stack {
    /// The shop's address, with a slash at its end.
    pub(crate) fn shop_url(&self) -> &str {
        &self.place.urls["OrderIntake"]
    }

    /// The shop.
    pub(crate) fn shop(&self) -> Shop {
        Shop {
            base: self.shop_url().trim_end_matches('/').to_owned(),
            host: self.place.hosts.get("OrderIntake").cloned(),
            client: Client::builder(TokioExecutor::new()).build_http(),
        }
    }
}

impl Shop {
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        let response = self.begin(method, path, headers, body).await;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// An answer whose body is yet to come.
    async fn begin(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Response<Incoming> {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        if let Some(host) = &self.host {
            request = request.header("host", host);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.client.request(request.body(Full::new(body.into())).unwrap()).await.unwrap()
    }

    /// Follows an order by its events up to the one that `is_last` takes, coming back as an `EventSource` does; the
    /// statuses that came.
    pub(crate) async fn events(&self, order: &str, is_last: impl Fn(&Value) -> bool) -> Vec<Value> {
        let (path, mut told, mut last) = (format!("/orders/{order}/events"), Vec::new(), String::new());
        let follow = async {
            loop {
                let mut response = self.begin(Method::GET, &path, &[("last-event-id", &last)], "").await;
                assert_eq!(response.status(), 200, "{path}");
                assert_eq!(response.headers()["content-type"], "text/event-stream", "{path}");
                let mut text = String::new();
                while let Some(frame) = response.frame().await {
                    text.push_str(std::str::from_utf8(&frame.unwrap().into_data().unwrap()).unwrap());
                    while let Some((event, rest)) = text.split_once("\n\n") {
                        let line = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
                        if let (Some(id), Some(data)) = (line("id: "), line("data: ")) {
                            id.clone_into(&mut last);
                            told.push(serde_json::from_str(data).unwrap());
                            if told.last().is_some_and(&is_last) {
                                return;
                            }
                        }
                        text = rest.to_owned();
                    }
                }
            }
        };
        tokio::time::timeout(Duration::from_mins(2), follow).await.unwrap();
        told
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, &[], "").await
    }

    /// Places an order of one carafe and answers its id.
    pub(crate) async fn place(&self, customer: &str, card: &str) -> String {
        self.place_lines(customer, card, 1).await
    }

    /// Places an order of so many lines, one carafe each, and answers its id.
    pub(crate) async fn place_lines(&self, customer: &str, card: &str, lines: usize) -> String {
        let items = vec![json!({"sku": "carafe-1l", "quantity": 1}); lines];
        let body = json!({"customer": customer, "card": card, "items": items});
        let headers = [("content-type", "application/json")];
        let answer = self.ask(Method::POST, "/orders", &headers, body.to_string()).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        assert_eq!(answer.body["step"], "received");
        let id = answer.body["id"].as_str().unwrap().to_owned();
        assert_eq!(answer.header("location"), format!("/orders/{id}"));
        id
    }

    pub(crate) async fn status(&self, order: &str) -> Value {
        let answer = self.get(&format!("/orders/{order}")).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }

    /// Waits until an order has taken a step.
    pub(crate) async fn reaches(&self, order: &str, step: &str) -> Value {
        eventually(&format!("order {order} to be {step}"), async || {
            let status = self.status(order).await;
            (status["step"] == step).then_some(status)
        })
        .await
    }

    /// Waits until the customer of an order has been told something, and answers the words.
    pub(crate) async fn told(&self, order: &str) -> String {
        eventually(&format!("the customer of {order} to be told"), async || {
            let status = self.status(order).await;
            Some(status["notifications"].as_array()?.first()?["message"].as_str()?.to_owned())
        })
        .await
    }
}
