//! The wire of EventBridge, JSON 1.1, and of EventBridge Scheduler, REST.
//!
//! Sources: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Operations.html>,
//! <https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Operations.html>

use aqueduct_services::ApiError;
use aqueduct_services::events::{Request, Response};
use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;

use crate::codec::Codec;
use crate::json;
use crate::route::Service;

mod bridge;
mod scheduler;
#[cfg(test)]
mod tests;

/// Reads a request.
pub(crate) fn decode(codec: &Codec, parts: &Parts, body: &Bytes) -> Result<Request, ApiError> {
    match codec.service {
        Service::Scheduler => scheduler::decode(parts, body),
        _ => bridge::decode(codec, parts, body),
    }
}

/// Writes an answer.
pub(crate) fn encode(codec: &Codec, response: &Response, request_id: &str) -> http::Response<Bytes> {
    codec.answer(StatusCode::OK, request_id, json::write(response))
}
