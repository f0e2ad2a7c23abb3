//! AWS JSON 1.0 and 1.1: bodies to shapes, shapes and errors to bodies.
//!
//! Source: <https://smithy.io/2.0/aws/protocols/aws-json-1_0-protocol.html>

use aqueduct_services::{ApiError, Fault};
use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::route::Service;

/// Reads a body into an action's input; an empty body is an empty object, and a `null` is no value.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let body = if body.is_empty() { b"{}" } else { body.trim_ascii_start() };
    // Serde would take an array for a structure, member by member.
    if !body.starts_with(b"{") {
        return Err(ApiError::sender("SerializationException", "the request is not a JSON object"));
    }
    match serde_json::from_slice(body) {
        Ok(input) => Ok(input),
        Err(error) if error.is_data() => read_without_nulls(body, &error),
        Err(error) => Err(unreadable(&error)),
    }
}

/// Few clients write `null` for a missing value, so that looking for it is left for when reading fails.
fn read_without_nulls<T: DeserializeOwned>(body: &[u8], error: &serde_json::Error) -> Result<T, ApiError> {
    let mut value: Value = serde_json::from_slice(body).map_err(|error| unreadable(&error))?;
    drop_nulls(&mut value);
    serde_json::from_value(value).map_err(|_| unreadable(error))
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(members) => {
            members.retain(|_, member| !member.is_null());
            members.values_mut().for_each(drop_nulls);
        }
        Value::Array(elements) => elements.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

/// What AWS answers to a body that is not the action's input.
pub(crate) fn unreadable(error: &serde_json::Error) -> ApiError {
    ApiError::sender("SerializationException", format!("the request cannot be read: {error}"))
}

/// Writes an action's output.
pub(crate) fn write<T: Serialize>(output: &T) -> Bytes {
    // A shape with string keys always serialises; an empty object keeps a client parsing if one ever did not.
    serde_json::to_vec(output).map_or_else(|_| Bytes::from_static(b"{}"), Bytes::from)
}

/// The body of an error.
pub(crate) fn error(shape: &str, message: &str) -> Bytes {
    json!({ "__type": shape, "message": message }).to_string().into()
}

/// The qualified name that a service gives an error in `__type`.
pub(crate) fn error_shape(service: Service, code: &str) -> String {
    match service {
        _ if matches!(code, "SerializationException" | "UnknownOperationException") => {
            format!("com.amazon.coral.service#{code}")
        }
        Service::Sqs => format!("com.amazonaws.sqs#{code}"),
        _ => code.to_owned(),
    }
}

/// The value of `x-amzn-query-error`, which carries the code that clients of the older query protocol know.
///
/// Source: <https://smithy.io/2.0/aws/protocols/aws-query-protocol.html#aws-protocols-awsquerycompatible-trait>
pub(crate) fn query_error(error: &ApiError) -> String {
    let code = error.query_code.as_ref().unwrap_or(&error.code);
    let fault = if error.fault == Fault::Sender { "Sender" } else { "Receiver" };
    format!("{code};{fault}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_that_is_no_json_is_a_serialization_error() {
        for body in [&b"{"[..], b"[]", b"\xff", b"{\"a\":1}x"] {
            let error = read::<std::collections::BTreeMap<String, String>>(body).expect_err("must not parse");
            assert_eq!(error.code, "SerializationException");
            assert_eq!(error.status, 400);
        }
    }

    #[test]
    fn the_query_code_travels_in_a_header() {
        let error =
            ApiError::sender("QueueDoesNotExist", "gone").with_query_code("AWS.SimpleQueueService.NonExistentQueue");
        assert_eq!(query_error(&error), "AWS.SimpleQueueService.NonExistentQueue;Sender");
    }
}
