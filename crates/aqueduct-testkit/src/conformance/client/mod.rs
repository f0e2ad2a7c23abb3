//! A client that speaks what the AWS SDKs speak: inputs to requests, answers to outputs, as the services' models spell them.
//!
//! The bytes that it makes go to the embedded cloud in virtual time and to any endpoint alike.

mod json;
mod query;
mod rest;
mod xml;

use bytes::Bytes;
use http::Method;
use http::header::CONTENT_TYPE;
use serde_json::Value;

/// A service of the suite.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// SQS.
    Sqs,
    /// SNS.
    Sns,
    /// EventBridge.
    Events,
    /// EventBridge Scheduler.
    Scheduler,
    /// Lambda.
    Lambda,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Sqs, Self::Sns, Self::Events, Self::Scheduler, Self::Lambda];

    /// The service of this name, which is also the one that its requests are signed for.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.name() == name)
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqs => "sqs",
            Self::Sns => "sns",
            Self::Events => "events",
            Self::Scheduler => "scheduler",
            Self::Lambda => "lambda",
        }
    }
}

/// What SQS is spoken to in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SqsProtocol {
    /// AWS JSON 1.0, as the SDKs speak it today.
    #[default]
    Json,
    /// AWS query, as older SDKs do.
    Query,
}

/// A call that was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::conformance) struct Refusal {
    /// The code that the SDKs show.
    pub(in crate::conformance) code: String,
    /// The error's name in the service's model, where it differs.
    pub(in crate::conformance) shape: Option<String>,
    /// What is said.
    pub(in crate::conformance) message: String,
    /// HTTP status.
    pub(in crate::conformance) status: u16,
}

/// Writes a call; an error says why the suite cannot.
pub(super) fn request(
    service: Service,
    action: &str,
    input: &Value,
    sqs: SqsProtocol,
) -> Result<http::Request<Bytes>, String> {
    match service {
        Service::Sqs if sqs == SqsProtocol::Json => json::request("AmazonSQS", "1.0", action, input),
        Service::Sqs => query::sqs_request(action, input),
        Service::Sns => query::sns_request(action, input),
        Service::Events => json::request("AWSEvents", "1.1", action, input),
        Service::Scheduler | Service::Lambda => rest::request(service, action, input),
    }
}

/// Reads an answer; an error says why it is none.
pub(super) fn answer(
    service: Service,
    action: &str,
    sqs: SqsProtocol,
    response: &http::Response<Bytes>,
) -> Result<Result<Value, Refusal>, String> {
    match service {
        Service::Sqs if sqs == SqsProtocol::Query => query::sqs_answer(action, response),
        Service::Sqs | Service::Events => json::answer(response),
        Service::Sns => query::sns_answer(action, response),
        Service::Scheduler | Service::Lambda => rest::answer(action, response),
    }
}

fn post(content_type: &str, body: &[u8]) -> http::request::Builder {
    let request = http::Request::builder().method(Method::POST).uri("/").header(CONTENT_TYPE, content_type);
    request.header(http::header::CONTENT_LENGTH, body.len())
}

fn built(request: http::request::Builder, body: Vec<u8>) -> Result<http::Request<Bytes>, String> {
    request.body(Bytes::from(body)).map_err(|error| format!("the request cannot be written: {error}"))
}

fn header<'a>(response: &'a http::Response<Bytes>, name: &str) -> Option<&'a str> {
    response.headers().get(name)?.to_str().ok()
}
