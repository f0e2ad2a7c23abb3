//! How each service says that it fails for a while.

use aqueduct_services::{ApiError, Fault};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, StatusCode};

use crate::codec::Codec;
use crate::route::Service;

/// A failure of a service that a client is to try again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The service fails with this status, 500 or 503.
    Down(u16),
    /// The service has too many requests of this caller.
    Throttled,
}

/// What a service answers to a request that it fails to carry out, in the request's protocol.
///
/// Sources: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/CommonErrors.html>,
/// <https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors>,
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html>,
/// <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors>,
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html>
pub fn fail(
    service: Service,
    parts: &Parts,
    body: &Bytes,
    failure: Failure,
    request_id: &str,
) -> http::Response<Bytes> {
    let error = error(service, failure);
    if service == Service::S3 {
        return s3(&error);
    }
    Codec::of(service, parts, body).refusal(&error, request_id)
}

fn error(service: Service, failure: Failure) -> ApiError {
    match failure {
        Failure::Throttled => {
            let (code, status) = match service {
                Service::Sqs => ("RequestThrottled", 400),
                Service::Sns => ("Throttled", 429),
                Service::Lambda => ("TooManyRequestsException", 429),
                Service::S3 => ("SlowDown", 503),
                Service::DynamoDb | Service::Events | Service::Scheduler | Service::Sts => ("ThrottlingException", 400),
            };
            ApiError::sender(code, "Rate exceeded").with_status(status)
        }
        Failure::Down(status) => {
            let code = match (service, status) {
                (Service::S3, 500) => "InternalError",
                (_, 503) => "ServiceUnavailable",
                (Service::Lambda, _) => "ServiceException",
                (Service::Events, _) => "InternalException",
                (Service::DynamoDb, _) => "InternalServerError",
                (Service::Scheduler, _) => "InternalServerException",
                _ => "InternalFailure",
            };
            let message = "The service does not answer for a while";
            ApiError { fault: Fault::Receiver, ..ApiError::sender(code, message).with_status(status) }
        }
    }
}

fn s3(error: &ApiError) -> http::Response<Bytes> {
    let (code, message) = (&error.code, &error.message);
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    let mut response = http::Response::new(Bytes::from(body));
    *response.status_mut() = StatusCode::from_u16(error.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/xml"));
    response
}
