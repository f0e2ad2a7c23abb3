//! Invocations.

use aqueduct_services::ApiError;
use aqueduct_services::lambda::{InvocationKind, Invoke, Invoked, Request};
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use http::{HeaderValue, StatusCode};

use super::event_stream;
use crate::codec::Codec;

pub(super) fn invoke(function: String, parts: &Parts, body: &Bytes) -> Result<Request, ApiError> {
    read(function, parts, body).map(Request::Invoke)
}

/// `InvokeWithResponseStream`, which is never asynchronous.
pub(super) fn streamed(function: String, parts: &Parts, body: &Bytes) -> Result<Request, ApiError> {
    let invoke = read(function, parts, body)?;
    if invoke.kind == InvocationKind::Asynchronous {
        return Err(unknown_kind("Event", "[RequestResponse, DryRun]"));
    }
    Ok(Request::Invoke(Invoke { streamed: true, ..invoke }))
}

fn read(function: String, parts: &Parts, body: &Bytes) -> Result<Invoke, ApiError> {
    let header = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let kind = match header("x-amz-invocation-type") {
        None | Some("RequestResponse") => InvocationKind::Synchronous,
        Some("Event") => InvocationKind::Asynchronous,
        Some("DryRun") => InvocationKind::DryRun,
        Some(other) => return Err(unknown_kind(other, "[RequestResponse, Event, DryRun]")),
    };
    if header("x-amz-tenant-id").is_some() || header("x-amz-durable-execution-name").is_some() {
        return Err(ApiError::not_modelled("tenants and durable executions"));
    }
    let payload = std::str::from_utf8(body).map_err(|error| {
        let message = format!("Could not parse request body into json: {error}");
        ApiError::sender("InvalidRequestContentException", message)
    })?;
    Ok(Invoke {
        function,
        kind,
        payload: payload.to_owned(),
        client_context: header("x-amz-client-context").map(str::to_owned),
        log_tail: header("x-amz-log-type") == Some("Tail"),
        trace_header: None,
        streamed: false,
    })
}

fn unknown_kind(kind: &str, kinds: &str) -> ApiError {
    ApiError::sender(
        "ValidationException",
        format!(
            "1 validation error detected: Value '{kind}' at 'invocationType' failed to satisfy constraint: Member must satisfy \
             enum value set: {kinds}"
        ),
    )
}

/// What a function answered is the body; what Lambda says of it stands in headers.
pub(super) fn answer(codec: &Codec, invoked: Invoked, request_id: &str) -> http::Response<Bytes> {
    let status = StatusCode::from_u16(invoked.status).unwrap_or(StatusCode::OK);
    if invoked.streamed && status == StatusCode::OK {
        return stream(codec, &invoked, request_id);
    }
    let mut response = codec.answer(status, request_id, invoked.payload.into());
    let headers = response.headers_mut();
    if status == StatusCode::OK {
        headers.insert("x-amz-executed-version", HeaderValue::from_static("$LATEST"));
    }
    if let Some(error) = invoked.function_error {
        headers.insert("x-amz-function-error", HeaderValue::from_static(error));
    }
    if let Some(Ok(log)) = invoked.log_tail.map(HeaderValue::try_from) {
        headers.insert("x-amz-log-result", log);
    }
    response
}

/// The answer as an event stream: in one piece, as functions give it that do not stream.
fn stream(codec: &Codec, invoked: &Invoked, request_id: &str) -> http::Response<Bytes> {
    let body = event_stream::invocation(invoked);
    let mut response = codec.answer(StatusCode::OK, request_id, body.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/vnd.amazon.eventstream"));
    headers.insert("x-amz-executed-version", HeaderValue::from_static("$LATEST"));
    response
}
