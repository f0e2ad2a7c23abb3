//! The wire of Lambda.

use aqueduct_services::ApiError;
use aqueduct_services::lambda::{Request, Response};
use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;

use crate::codec::Codec;

/// Reads a request.
pub(crate) fn decode(codec: &Codec, parts: &Parts, body: &Bytes) -> Result<Request, ApiError> {
    let _ = (parts, body);
    Err(ApiError::not_modelled(&format!("the Lambda action {:?}", codec.action)))
}

/// Writes an answer.
pub(crate) fn encode(codec: &Codec, response: Response, request_id: &str) -> http::Response<Bytes> {
    let _ = response;
    codec.empty(StatusCode::OK, request_id)
}
