//! AWS JSON 1.0 and 1.1.

use bytes::Bytes;
use serde_json::Value;

use super::{Refusal, built, header, post};

pub(super) fn request(
    target: &str,
    version: &str,
    action: &str,
    input: &Value,
) -> Result<http::Request<Bytes>, String> {
    let body = input.to_string().into_bytes();
    let request = post(&format!("application/x-amz-json-{version}"), &body);
    built(request.header("x-amz-target", format!("{target}.{action}")), body)
}

pub(super) fn answer(response: &http::Response<Bytes>) -> Result<Result<Value, Refusal>, String> {
    let body = read(response)?;
    if response.status().is_success() {
        return Ok(Ok(body));
    }
    Ok(Err(refusal(response, &body)))
}

/// The body as JSON; an empty one is an empty object.
pub(super) fn read(response: &http::Response<Bytes>) -> Result<Value, String> {
    let body = response.body();
    if body.is_empty() {
        return Ok(Value::Object(serde_json::Map::new()));
    }
    serde_json::from_slice(body)
        .map_err(|error| format!("{}: {error}: {}", response.status(), String::from_utf8_lossy(body)))
}

/// Reads a refusal: the shape is in the body or, with REST, in a header; the code of an older protocol is in a header.
///
/// Source: <https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html#operation-error-serialization>
pub(super) fn refusal(response: &http::Response<Bytes>, body: &Value) -> Refusal {
    let text = |names: &[&str]| names.iter().find_map(|name| body[*name].as_str()).map(str::to_owned);
    let shape = header(response, "x-amzn-errortype").map(str::to_owned).or_else(|| text(&["__type", "code"]));
    let shape = shape.unwrap_or_default();
    let shape = shape.rsplit('#').next().unwrap_or_default().split(':').next().unwrap_or_default().to_owned();
    let older = header(response, "x-amzn-query-error").and_then(|header| header.split(';').next());
    Refusal {
        code: older.unwrap_or(&shape).to_owned(),
        message: text(&["message", "Message", "errorMessage"]).unwrap_or_default(),
        status: response.status().as_u16(),
        shape: Some(shape),
    }
}
