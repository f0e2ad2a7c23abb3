//! Function URLs: an HTTP request as an event, and a function's answer as an HTTP response.
//!
//! Both are payload format 2.0. Signatures of `AWS_IAM` URLs are not checked.
//!
//! | the function | behind `BUFFERED` | behind `RESPONSE_STREAM` |
//! |---|---|---|
//! | answers in one piece | a response object becomes the response | the answer is the body, whatever it says, with status 200 |
//! | streams, with a [`Prelude`] | the response that it describes, when all of it is there | the same, as it comes |
//! | streams otherwise | as if it had answered in one piece | the body, with status 200, as it comes |
//!
//! Sources: <https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html>,
//! <https://docs.aws.amazon.com/lambda/latest/dg/config-rs-invoke-furls.html>; for a prelude behind `BUFFERED`, LocalStack's
//! AWS-validated test of <https://github.com/localstack/localstack/pull/12935>

use std::collections::BTreeMap;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

use super::prelude::Prelude;
use super::{Response, SYNCHRONOUS_BYTES_MAX};
use crate::{ApiError, Timestamp};

/// An HTTP request to a function URL.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HttpRequest {
    /// Such as `POST`.
    pub method: String,
    /// The path as it came, percent-encoding included.
    pub path: String,
    /// What stands behind `?`, as it came.
    pub query: String,
    /// Such as `HTTP/1.1`.
    pub protocol: String,
    /// Names and values in the order in which they came; a name may come twice.
    pub headers: Vec<(String, String)>,
    /// The body's bytes.
    pub body: Vec<u8>,
    /// The address of the other end of the connection.
    pub source_ip: String,
    /// The host under which the URL is served, without its port.
    pub domain: String,
}

/// What a function URL answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpResponse {
    /// Such as 200.
    pub status: u16,
    /// Names in lowercase; each cookie is a `set-cookie` of its own.
    pub headers: Vec<(String, String)>,
    /// The body's bytes.
    pub body: Vec<u8>,
}

/// The event that a request becomes. `request_id` is the URL's own id of the request.
///
/// A body whose content type is not one of text is carried in Base64; without a content type, one that is valid UTF-8
/// is carried as it is.
pub fn event(now: Timestamp, request: &HttpRequest, request_id: &str) -> String {
    let headers = joined(request.headers.iter().filter(|(name, _)| !name.eq_ignore_ascii_case("cookie")));
    let cookies = cookies(&request.headers);
    let prefix = request.domain.split('.').next().unwrap_or_default();
    let mut event = json!({
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": request.path,
        "rawQueryString": request.query,
    });
    if !cookies.is_empty() {
        event["cookies"] = json!(cookies);
    }
    let user_agent = headers.get("user-agent").cloned();
    event["headers"] = json!(headers);
    if !request.query.is_empty() {
        event["queryStringParameters"] = json!(query_parameters(&request.query));
    }
    event["requestContext"] = json!({
        "accountId": "anonymous",
        "apiId": prefix,
        "domainName": request.domain,
        "domainPrefix": prefix,
        "http": {
            "method": request.method,
            "path": request.path,
            "protocol": request.protocol,
            "sourceIp": request.source_ip,
            "userAgent": user_agent,
        },
        "requestId": request_id,
        "routeKey": "$default",
        "stage": "$default",
        "time": common_log_time(now),
        "timeEpoch": now.as_millis(),
    });
    let content_type = headers.get("content-type").map(String::as_str);
    let (body, encoded) = body(&request.body, content_type);
    if let Some(body) = body {
        event["body"] = json!(body);
    }
    event["isBase64Encoded"] = json!(encoded);
    event.to_string()
}

/// What a function URL answers when its function answered `payload`.
///
/// An answer that is no response object with a `statusCode` is the body itself, with status 200; one that was streamed
/// with a [`Prelude`] is what that says; one that cannot be a response is a 502.
pub fn response(payload: &str) -> HttpResponse {
    let Ok(value) = serde_json::from_str::<Value>(payload) else {
        return match Prelude::read(payload.as_bytes()) {
            Prelude::Complete(head, begin) => HttpResponse { body: payload.as_bytes()[begin..].to_vec(), ..head },
            Prelude::Partial | Prelude::Invalid => bad_gateway(),
        };
    };
    match value.get("statusCode") {
        None => HttpResponse {
            status: 200,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: payload.as_bytes().to_vec(),
        },
        Some(status) => structured(&value, status).unwrap_or_else(bad_gateway),
    }
}

/// What a function URL answers to the result of a synchronous invocation: a function error is a 502, a throttle a 429,
/// an event over 6 MB a 413.
pub fn answer(result: &Result<Response, ApiError>) -> HttpResponse {
    match result {
        Ok(Response::Invoked(invoked)) if invoked.function_error.is_none() && invoked.streamed => {
            unstructured(None, invoked.payload.clone().into_bytes())
        }
        Ok(Response::Invoked(invoked)) if invoked.function_error.is_none() => response(&invoked.payload),
        Err(error) if error.status == 429 => failure(429, "Too Many Requests"),
        Err(error) if error.status == 413 => failure(413, "Request Entity Too Large"),
        Err(error) if error.status == 404 => failure(403, "Forbidden"),
        Ok(_) | Err(_) => bad_gateway(),
    }
}

/// What a function URL answers where an answer is the body and nothing else. `content_type` is the runtime's.
pub fn unstructured(content_type: Option<&str>, body: Vec<u8>) -> HttpResponse {
    let content_type = content_type.unwrap_or("application/octet-stream").to_owned();
    HttpResponse { status: 200, headers: vec![("content-type".to_owned(), content_type)], body }
}

/// What a function URL answers when its function failed, or said something that is no response.
pub fn bad_gateway() -> HttpResponse {
    failure(502, "Internal Server Error")
}

/// Whether a request's body alone is already more than an event may hold.
pub const fn is_too_large(body_bytes: usize) -> bool {
    body_bytes > SYNCHRONOUS_BYTES_MAX
}

fn failure(status: u16, message: &str) -> HttpResponse {
    HttpResponse {
        status,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: json!({ "Message": message }).to_string().into_bytes(),
    }
}

fn structured(value: &Value, status: &Value) -> Option<HttpResponse> {
    let head = head(value, status, "application/json")?;
    let text = match value.get("body") {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let encoded = value.get("isBase64Encoded").and_then(Value::as_bool).unwrap_or(false);
    let body = if encoded { BASE64_STANDARD.decode(&text).ok()? } else { text.into_bytes() };
    Some(HttpResponse { body, ..head })
}

/// Status, headers and cookies of a response object.
pub(super) fn head(value: &Value, status: &Value, content_type: &str) -> Option<HttpResponse> {
    let status = status.as_u64().or_else(|| status.as_str()?.parse().ok())?;
    let status = u16::try_from(status).ok().filter(|status| (100..=599).contains(status))?;
    let mut headers = Vec::new();
    for (name, value) in value.get("headers").and_then(Value::as_object).into_iter().flatten() {
        headers.push((name.to_ascii_lowercase(), header_text(value)));
    }
    if !headers.iter().any(|(name, _)| name == "content-type") {
        headers.push(("content-type".to_owned(), content_type.to_owned()));
    }
    for cookie in value.get("cookies").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
        headers.push(("set-cookie".to_owned(), cookie.to_owned()));
    }
    Some(HttpResponse { status, headers, body: Vec::new() })
}

fn header_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Values by lowercase name, those of one name joined by commas.
fn joined<'a>(pairs: impl Iterator<Item = &'a (String, String)>) -> BTreeMap<String, String> {
    let mut by_name: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in pairs {
        let joined = by_name.entry(name.to_ascii_lowercase()).or_default();
        if !joined.is_empty() {
            joined.push(',');
        }
        joined.push_str(value);
    }
    by_name
}

fn cookies(headers: &[(String, String)]) -> Vec<&str> {
    let cookies = headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("cookie"));
    cookies.flat_map(|(_, value)| value.split(';')).map(str::trim).filter(|cookie| !cookie.is_empty()).collect()
}

/// Decoded parameters, those of one name joined by commas.
fn query_parameters(query: &str) -> Map<String, Value> {
    let mut parameters: Map<String, Value> = Map::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (form_decoded(name), form_decoded(value));
        let joined = match parameters.get(&name).and_then(Value::as_str) {
            Some(before) => format!("{before},{value}"),
            None => value,
        };
        parameters.insert(name, Value::String(joined));
    }
    parameters
}

fn form_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while let Some(&byte) = bytes.get(index) {
        let hex = text.get(index + 1..index + 3).and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (byte, hex) {
            (b'%', Some(value)) => {
                decoded.push(value);
                index += 2;
            }
            (b'+', _) => decoded.push(b' '),
            _ => decoded.push(byte),
        }
        index += 1;
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn body(bytes: &[u8], content_type: Option<&str>) -> (Option<String>, bool) {
    if bytes.is_empty() {
        return (None, false);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if content_type.is_none_or(is_text) => (Some(text.to_owned()), false),
        _ => (Some(BASE64_STANDARD.encode(bytes)), true),
    }
}

fn is_text(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    essence.starts_with("text/")
        || matches!(essence.as_str(), "application/json" | "application/xml" | "application/javascript")
        || essence.ends_with("+json")
        || essence.ends_with("+xml")
}

/// Such as `12/Mar/2020:19:03:58 +0000`.
fn common_log_time(at: Timestamp) -> String {
    let millis = i64::try_from(at.as_millis()).unwrap_or(i64::MAX);
    jiff::Timestamp::from_millisecond(millis)
        .map_or_else(|_| String::new(), |at| at.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lambda::Invoked;

    fn request() -> HttpRequest {
        HttpRequest {
            method: "POST".to_owned(),
            path: "/my/path".to_owned(),
            query: "parameter1=value1&parameter1=value2&parameter2=a%20b+c".to_owned(),
            protocol: "HTTP/1.1".to_owned(),
            headers: [
                ("Header1", "value1"),
                ("header2", "value1"),
                ("Header2", "value2"),
                ("Cookie", "cookie1=a; cookie2=b"),
                ("User-Agent", "agent"),
                ("Content-Type", "application/json; charset=utf-8"),
            ]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
            body: br#"{"a":1}"#.to_vec(),
            source_ip: "127.0.0.1".to_owned(),
            domain: "abc.lambda-url.us-east-1.on.aws".to_owned(),
        }
    }

    fn parsed_event(request: &HttpRequest) -> Value {
        serde_json::from_str(&event(Timestamp::from_millis(1_584_039_838_390), request, "r-1")).unwrap()
    }

    #[test]
    fn a_request_becomes_a_format_2_event() {
        let event = parsed_event(&request());
        assert_eq!(
            event,
            json!({
                "version": "2.0",
                "routeKey": "$default",
                "rawPath": "/my/path",
                "rawQueryString": "parameter1=value1&parameter1=value2&parameter2=a%20b+c",
                "cookies": ["cookie1=a", "cookie2=b"],
                "headers": {
                    "header1": "value1",
                    "header2": "value1,value2",
                    "user-agent": "agent",
                    "content-type": "application/json; charset=utf-8",
                },
                "queryStringParameters": { "parameter1": "value1,value2", "parameter2": "a b c" },
                "requestContext": {
                    "accountId": "anonymous",
                    "apiId": "abc",
                    "domainName": "abc.lambda-url.us-east-1.on.aws",
                    "domainPrefix": "abc",
                    "http": {
                        "method": "POST",
                        "path": "/my/path",
                        "protocol": "HTTP/1.1",
                        "sourceIp": "127.0.0.1",
                        "userAgent": "agent",
                    },
                    "requestId": "r-1",
                    "routeKey": "$default",
                    "stage": "$default",
                    "time": "12/Mar/2020:19:03:58 +0000",
                    "timeEpoch": 1_584_039_838_390_u64,
                },
                "body": "{\"a\":1}",
                "isBase64Encoded": false,
            })
        );
    }

    #[test]
    fn binary_bodies_travel_in_base64() {
        let mut binary = request();
        binary.headers.retain(|(name, _)| name != "Content-Type");
        binary.body = vec![0xff, 0x00];
        let event = parsed_event(&binary);
        assert_eq!(event["body"], "/wA=");
        assert_eq!(event["isBase64Encoded"], true);
        binary.body = b"text".to_vec();
        assert_eq!(parsed_event(&binary)["isBase64Encoded"], false);
        binary.headers.push(("content-type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
        assert_eq!(parsed_event(&binary)["isBase64Encoded"], true);
        binary.body.clear();
        assert_eq!(parsed_event(&binary).get("body"), None);
    }

    #[test]
    fn responses_as_documented() {
        let bare = response(r#""Hello, world!""#);
        assert_eq!((bare.status, bare.body.as_slice()), (200, br#""Hello, world!""#.as_slice()));
        assert_eq!(bare.headers, [("content-type".to_owned(), "application/json".to_owned())]);

        let custom = response(
            r#"{"statusCode":201,"headers":{"My-Custom-Header":"v","Content-Type":"text/html"},"body":"hi","cookies":["a=1","b=2"]}"#,
        );
        assert_eq!((custom.status, custom.body.as_slice()), (201, b"hi".as_slice()));
        let expected =
            [("my-custom-header", "v"), ("content-type", "text/html"), ("set-cookie", "a=1"), ("set-cookie", "b=2")];
        assert_eq!(custom.headers, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));

        let binary = response(r#"{"statusCode":200,"body":"/wA=","isBase64Encoded":true}"#);
        assert_eq!(binary.body, [0xff, 0x00]);
        let streamed = response("{\"statusCode\":201}\0\0\0\0\0\0\0\0hi");
        assert_eq!((streamed.status, streamed.body.as_slice()), (201, b"hi".as_slice()), "its URL buffers");
        assert_eq!(response(r#"{"statusCode":"soon"}"#).status, 502);
        assert_eq!(response("not json").status, 502);
    }

    #[test]
    fn failures_have_their_statuses() {
        let invoked = |function_error| {
            Ok(Response::Invoked(Invoked { function_error, payload: "{}".to_owned(), ..Invoked::default() }))
        };
        let refused = |status| Err(ApiError::sender("Refused", "refused").with_status(status));
        assert_eq!(answer(&invoked(None)).status, 200);
        assert_eq!(answer(&invoked(Some("Unhandled"))).status, 502);
        let object = r#"{"statusCode":404}"#.to_owned();
        let whole =
            answer(&Ok(Response::Invoked(Invoked { payload: object.clone(), streamed: true, ..Invoked::default() })));
        assert_eq!((whole.status, whole.body), (200, object.into_bytes()), "a URL that streams looks into nothing");
        assert_eq!(answer(&refused(429)).status, 429);
        assert_eq!(answer(&refused(413)).status, 413);
        assert!(is_too_large(10_000_000));
    }
}
