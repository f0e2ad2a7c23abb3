//! How tests talk to the pipeline: HTTP to its function URL, the AWS SDK to its services.

use aqueduct::aws::SdkConfig;
use aqueduct::aws::aws_config::{self, BehaviorVersion, Region};
use aqueduct::aws::sqs::config::Credentials;
use aqueduct::aws::{dynamodb, sns, sqs};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::{Method, Request};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

use super::{Stack, eventually};

/// An HTTP answer; the body is `Null` when it is not JSON.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: hyper::HeaderMap,
    pub(crate) body: Value,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// An HTTP client for one function URL.
pub(crate) struct Http {
    base: String,
    client: Client<HttpConnector, Full<Bytes>>,
}

impl Http {
    pub(crate) async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Bytes>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = self.client.request(request.body(Full::new(body.into())).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path, &[], "").await
    }

    /// Places an order of one carafe and answers its id.
    pub(crate) async fn place(&self, customer: &str, card: &str) -> String {
        let body = json!({"customer": customer, "card": card, "items": [{"sku": "carafe-1l", "quantity": 1}]});
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
}

impl Stack {
    /// The shop.
    pub(crate) fn shop(&self) -> Http {
        let base = self.local.function_url("OrderIntake").unwrap().trim_end_matches('/').to_owned();
        Http { base, client: Client::builder(TokioExecutor::new()).build_http() }
    }

    async fn config(&self) -> SdkConfig {
        aws_config::defaults(BehaviorVersion::v2026_01_12())
            .endpoint_url(self.local.endpoint())
            .region(Region::from_static("us-east-1"))
            .credentials_provider(Credentials::new("test", "test", None, None, "test"))
            .load()
            .await
    }

    pub(crate) async fn sqs(&self) -> sqs::Client {
        sqs::Client::new(&self.config().await)
    }

    pub(crate) async fn sns(&self) -> sns::Client {
        sns::Client::new(&self.config().await)
    }

    pub(crate) async fn dynamodb(&self) -> dynamodb::Client {
        dynamodb::Client::new(&self.config().await)
    }

    /// How many messages a queue holds: visible and in flight.
    pub(crate) async fn count(&self, queue: &str) -> u32 {
        use sqs::types::QueueAttributeName::{ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible};
        let names = [ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible];
        let request = self.sqs().await.get_queue_attributes().queue_url(self.queue_url(queue));
        let answer = request.set_attribute_names(Some(names.to_vec())).send().await.unwrap();
        let attributes = answer.attributes.unwrap();
        names.iter().map(|name| attributes[name].parse::<u32>().unwrap()).sum()
    }

    /// Shortens the visibility timeout of a queue, so that a test need not wait for a minute.
    pub(crate) async fn set_visibility(&self, queue: &str, seconds: u32) {
        let name = sqs::types::QueueAttributeName::VisibilityTimeout;
        let request = self.sqs().await.set_queue_attributes().queue_url(self.queue_url(queue));
        request.attributes(name, seconds.to_string()).send().await.unwrap();
    }
}
