//! The AWS protocols of SQS, SNS, EventBridge and Lambda: bytes to inputs, answers to bytes.

use aqueduct_services::ApiError;
use aqueduct_services::cloud::{Request, Response};
use bytes::Bytes;

/// The service that an HTTP request is meant for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Service {
    /// SQS, JSON 1.0 and query.
    Sqs,
    /// SNS, query.
    Sns,
    /// EventBridge, JSON 1.1.
    Events,
    /// EventBridge Scheduler, REST.
    Scheduler,
    /// Lambda, REST.
    Lambda,
    /// DynamoDB, JSON 1.0: not of this crate, the driver hands it on.
    DynamoDb,
    /// S3, REST: not of this crate, the driver hands it on.
    S3,
    /// STS, query: `GetCallerIdentity`, which many clients ask first.
    Sts,
}

/// How the answer to a decoded request is to be written.
#[derive(Clone, Debug)]
pub struct Codec {
    _private: (),
}

/// Finds the service by `X-Amz-Target`, the credential scope of `Authorization` or of a presigned query, and the path.
pub fn route(parts: &http::request::Parts, body: &Bytes) -> Option<Service> {
    let _ = (parts, body);
    None
}

/// Reads a request; a request that is not one gets its error answer at once.
pub fn decode(
    service: Service,
    parts: &http::request::Parts,
    body: &Bytes,
) -> Result<(Request, Codec), Box<http::Response<Bytes>>> {
    let _ = (service, parts, body);
    Err(Box::new(http::Response::new(Bytes::new())))
}

/// Writes an answer in the protocol and version of its request.
pub fn encode(codec: &Codec, result: Result<Response, ApiError>, request_id: &str) -> http::Response<Bytes> {
    let _ = (codec, result, request_id);
    http::Response::new(Bytes::new())
}
