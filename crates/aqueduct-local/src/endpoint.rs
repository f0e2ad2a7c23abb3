//! The AWS endpoint: every service behind one port.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use aqueduct_services::lambda::{self, Invoked, UrlOf};
use aqueduct_services::{Site, cloud};
use aqueduct_stores::{DynamoDb, S3};
use aqueduct_wire::{Codec, Service};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::json;

use crate::clock::Clock;
use crate::code;
use crate::driver::{Delivered, Handle};
use crate::fleet::Streamed;
use crate::function_url::{FunctionUrl, url_of};
use crate::serve::{self, Body, BodyError, BoxError, full};
use crate::streaming::{self, End};

/// The largest request: more than any service but S3 takes, code for Lambda included, and enough for what S3 is used for.
const BODY_BYTES_MAX: usize = 72 * 1024 * 1024;

/// Everything that answers requests.
#[derive(Clone)]
pub(crate) struct Endpoint {
    pub(crate) driver: Handle,
    pub(crate) clock: Clock,
    pub(crate) site: Arc<Site>,
    pub(crate) dynamodb: DynamoDb,
    pub(crate) s3: S3,
}

impl Endpoint {
    /// Answers one request, to pages of this machine too.
    pub(crate) async fn answer(self, request: Request<Incoming>) -> Response<Body> {
        if let Some((id, prefix)) = url_of(&request) {
            return self.function_url(id, prefix).answer(request).await;
        }
        let (parts, body) = request.into_parts();
        if let Some(answer) = aqueduct_wire::preflight(&parts) {
            return answer.map(full);
        }
        let mut answer = self.route(&parts, body).await;
        aqueduct_wire::share(&parts, answer.headers_mut());
        answer
    }

    async fn route(&self, parts: &http::request::Parts, body: Incoming) -> Response<Body> {
        let body = match serve::collect(body, BODY_BYTES_MAX).await {
            Ok(body) => body,
            Err(BodyError::TooLong) => {
                let message = format!("a request may have {BODY_BYTES_MAX} bytes");
                return refused(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLargeException", &message).map(full);
            }
            Err(BodyError::Broken) => {
                return refused(StatusCode::BAD_REQUEST, "IncompleteBody", "the body broke off").map(full);
            }
        };
        match aqueduct_wire::route(parts, &body) {
            Some(Service::DynamoDb) => self.dynamodb(parts, body).await,
            Some(Service::S3) => self.s3(parts, body).await,
            Some(Service::Sts) => aqueduct_wire::caller_identity(&self.site, parts, &body, &request_id()).map(full),
            None if is_presigned_by_v2(parts) => self.s3(parts, body).await,
            Some(service) => self.modelled(service, parts, &body).await,
            None => {
                let message = format!(
                    "no service of the embedded cloud takes {} {}; it has SQS, SNS, EventBridge, EventBridge Scheduler, Lambda, DynamoDB, S3 and STS",
                    parts.method,
                    parts.uri.path()
                );
                refused(StatusCode::NOT_IMPLEMENTED, "NotImplemented", &message).map(full)
            }
        }
    }

    async fn dynamodb(&self, parts: &http::request::Parts, body: Bytes) -> Response<Body> {
        let (dynamodb, parts) = (self.dynamodb.clone(), parts.clone());
        let answer = tokio::task::spawn_blocking(move || dynamodb.answer(&parts, &body)).await;
        let failed = |_| {
            let code = "com.amazonaws.dynamodb.v20120810#InternalServerError";
            refused(StatusCode::INTERNAL_SERVER_ERROR, code, "the embedded engine failed")
        };
        answer.unwrap_or_else(failed).map(full)
    }

    async fn s3(&self, parts: &http::request::Parts, body: Bytes) -> Response<Body> {
        let answer = self.s3.answer(parts.clone(), body).await;
        answer.map(|body| body.map_err(|error| -> BoxError { error }).boxed_unsync())
    }

    fn function_url(&self, id: String, prefix: String) -> FunctionUrl {
        let authority = self.site.endpoint.trim_start_matches("http://").to_owned();
        FunctionUrl { driver: self.driver.clone(), clock: self.clock, url: UrlOf::Id(id), authority, prefix }
    }

    async fn modelled(&self, service: Service, parts: &http::request::Parts, body: &Bytes) -> Response<Body> {
        let (request, codec) = match aqueduct_wire::decode(service, parts, body) {
            Ok(decoded) => decoded,
            Err(answer) => return answer.map(full),
        };
        let request = match code::fetched(&self.s3, request).await {
            Ok(request) => request,
            Err(refusal) => return aqueduct_wire::encode(&codec, Err(refusal), &request_id()).map(full),
        };
        match self.driver.call(request).await {
            Ok(Delivered::Whole(result)) => aqueduct_wire::encode(&codec, result, &request_id()).map(full),
            Ok(Delivered::Streams { streamed, end }) => event_stream(codec, streamed, end),
            Err(_gone) => {
                refused(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", "the embedded cloud is shutting down")
                    .map(full)
            }
        }
    }
}

/// The answer of `InvokeWithResponseStream` while the function makes it: its pieces, then what the call is answered with.
fn event_stream(codec: Codec, streamed: Streamed, end: End) -> Response<Body> {
    let encoded = move |invoked: Invoked| {
        let invoked = Invoked { streamed: true, ..invoked };
        let response = cloud::Response::Lambda(lambda::Response::Invoked(invoked));
        aqueduct_wire::encode(&codec, Ok(response), &request_id())
    };
    let (head, _) = encoded(Invoked { status: 200, ..Invoked::default() }).into_parts();
    let frame = |piece: Bytes| aqueduct_wire::payload_chunk(&piece).into();
    let last = move |invoked| Ok(encoded(invoked).into_body());
    Response::from_parts(head, streaming::body(Bytes::new(), streamed.pieces, end, frame, last))
}

/// Whether the query carries a signature of version 2, which boto3 still puts in presigned S3 addresses.
///
/// Source: <https://docs.aws.amazon.com/AmazonS3/latest/API/RESTAuthentication.html>
fn is_presigned_by_v2(parts: &http::request::Parts) -> bool {
    parts.uri.query().is_some_and(|query| query.split('&').any(|pair| pair.starts_with("AWSAccessKeyId=")))
}

/// A request id in AWS's shape, counted up.
fn request_id() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    format!("00000000-0000-4000-8000-{:012x}", COUNT.fetch_add(1, Ordering::Relaxed))
}

fn refused(status: StatusCode, code: &str, message: &str) -> Response<Bytes> {
    let body = json!({"__type": code, "message": message}).to_string();
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/x-amz-json-1.0"));
    response
}
