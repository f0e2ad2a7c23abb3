//! Requests, as a function URL hands them over (payload format 2.0).

use std::collections::BTreeMap;
use std::time::Duration;

use base64::Engine as _;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use thiserror::Error;

use super::{events, tag};

/// An HTTP request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Such as `POST`.
    pub method: String,
    /// The decoded path, such as `/orders`.
    pub path: String,
    /// Headers, with names in lower case.
    pub headers: BTreeMap<String, String>,
    /// Decoded query parameters; of a repeated one the last.
    pub query: BTreeMap<String, String>,
    /// The body's bytes.
    pub body: Vec<u8>,
    /// How long the function could still run when the request came in, where that is known.
    pub remaining: Option<Duration>,
}

/// An event that is no HTTP request.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum RequestError {
    /// Not a payload of format 2.0.
    #[error("the event is not a function URL request: {0}")]
    Shape(#[from] serde_json::Error),
    /// `isBase64Encoded` is set, and the body is not Base64.
    #[error("the request's body is not the Base64 that it says it is: {0}")]
    Base64(#[from] base64::DecodeError),
}

/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html>
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    raw_path: String,
    #[serde(default)]
    raw_query_string: String,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    request_context: Context,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

#[derive(Deserialize)]
struct Context {
    http: Http,
}

#[derive(Deserialize)]
struct Http {
    method: String,
}

impl Request {
    /// Reads the event of a function URL, JSON text.
    pub fn read(event: &str) -> Result<Self, RequestError> {
        let payload: Payload = serde_json::from_str(event)?;
        let body = match payload.body {
            None => Vec::new(),
            Some(body) if payload.is_base64_encoded => base64::engine::general_purpose::STANDARD.decode(body)?,
            Some(body) => body.into_bytes(),
        };
        Ok(Self {
            method: payload.request_context.http.method,
            path: decode(&payload.raw_path),
            headers: payload.headers.into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value)).collect(),
            query: payload.raw_query_string.split('&').filter_map(parameter).collect(),
            body,
            remaining: None,
        })
    }

    /// The value of a header, by its name in lower case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(String::as_str)
    }

    /// Whether the client says that it has what the entity tag names (`If-None-Match`), so that a `GET` or `HEAD` is
    /// answered with `304 Not Modified`.
    pub fn has(&self, etag: &str) -> bool {
        self.header("if-none-match").is_some_and(|wanted| tag::matches(wanted, etag))
    }

    /// Whether the client asks for server-sent events (`Accept: text/event-stream`), as an `EventSource` does.
    pub fn wants_events(&self) -> bool {
        self.header("accept").is_some_and(|accept| accept.split(',').any(|range| accepts(range, events::MEDIA_TYPE)))
    }

    /// The path's segments, without empty ones.
    pub fn segments(&self) -> Vec<&str> {
        self.path.split('/').filter(|segment| !segment.is_empty()).collect()
    }
}

/// Whether a media range of an `Accept` header names this type, and not with a weight of zero.
fn accepts(range: &str, media_type: &str) -> bool {
    let mut parts = range.split(';').map(str::trim);
    let is_named = parts.next().is_some_and(|named| named.eq_ignore_ascii_case(media_type));
    let weight = parts.find_map(|parameter| parameter.strip_prefix("q=").or_else(|| parameter.strip_prefix("Q=")));
    is_named && weight.is_none_or(|weight| weight.parse::<f32>().is_ok_and(|weight| weight > 0.0))
}

fn parameter(pair: &str) -> Option<(String, String)> {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    (!name.is_empty()).then(|| (decode(&name.replace('+', " ")), decode(&value.replace('+', " "))))
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_method_path_query_and_body() {
        let event = r#"{"version":"2.0","rawPath":"/orders","rawQueryString":"customer=ada%40example.com&all",
            "headers":{"Content-Type":"application/json"},"requestContext":{"http":{"method":"GET"}},
            "body":"e30=","isBase64Encoded":true}"#;
        let request = Request::read(event).unwrap();
        assert_eq!((request.method.as_str(), request.path.as_str()), ("GET", "/orders"));
        assert_eq!(request.query["customer"], "ada@example.com");
        assert_eq!(request.query["all"], "");
        assert_eq!(request.header("content-type"), Some("application/json"));
        assert_eq!(request.body, b"{}");
    }

    #[test]
    fn an_event_of_another_trigger_is_no_request() {
        let error = Request::read(r#"{"Records":[]}"#).unwrap_err();
        assert!(error.to_string().starts_with("the event is not a function URL request"), "{error}");
    }
}
