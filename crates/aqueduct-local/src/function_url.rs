//! Function URLs: an HTTP request invokes a function, whose answer is the response.

use aqueduct_services::cloud;
use aqueduct_services::lambda::url::{self, HttpRequest, HttpResponse};
use aqueduct_services::lambda::{self, Invoked, PRELUDE_TYPE, Prelude, SYNCHRONOUS_BYTES_MAX, UrlOf};
use bytes::{Bytes, BytesMut};
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use hyper::body::Incoming;
use serde_json::json;

use crate::clock::Clock;
use crate::driver::{Delivered, Handle};
use crate::fleet::Streamed;
use crate::serve::{self, Body, BodyError, full};
use crate::streaming::{self, BrokenOff, End};

/// Where URLs that are made at run time stand on the AWS endpoint: `/lambda-url/ID/`, and `ID.lambda-url.…` as a host, which
/// names below `localhost` allow.
const PATH: &str = "/lambda-url/";
const HOST: &str = ".lambda-url.";

/// One function's URL.
#[derive(Clone)]
pub(crate) struct FunctionUrl {
    pub(crate) driver: Handle,
    pub(crate) clock: Clock,
    pub(crate) url: UrlOf,
    /// Host and port under which it is served.
    pub(crate) authority: String,
    /// What stands before the path that the function sees.
    pub(crate) prefix: String,
}

/// The URL that a request to the AWS endpoint is for: its id, and what stands before the path that the function sees.
pub(crate) fn url_of<B>(request: &Request<B>) -> Option<(String, String)> {
    let host = request.headers().get(http::header::HOST).and_then(|host| host.to_str().ok());
    if let Some((id, _)) = host.and_then(|host| host.split_once(HOST)) {
        return Some((id.to_owned(), String::new()));
    }
    let id = request.uri().path().strip_prefix(PATH)?.split('/').next()?;
    (!id.is_empty()).then(|| (id.to_owned(), format!("{PATH}{id}")))
}

impl FunctionUrl {
    /// Answers one request.
    pub(crate) async fn answer(self, request: Request<Incoming>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let body = match serve::collect(body, SYNCHRONOUS_BYTES_MAX).await {
            Ok(body) => body,
            Err(BodyError::TooLong) => return too_large(),
            Err(BodyError::Broken) => return plain(StatusCode::BAD_REQUEST),
        };
        let request = self.http_request(&parts, body.to_vec());
        let now = self.clock.now();
        let event = url::event(now, &request, &format!("local-{}", now.as_millis()));
        let request = lambda::Request::InvokeUrl { url: self.url, event };
        let result = match self.driver.call(cloud::Request::Lambda(request)).await {
            Ok(Delivered::Whole(Ok(cloud::Response::Lambda(response)))) => Ok(response),
            Ok(Delivered::Whole(Err(error))) if error.status == 413 => return too_large(),
            Ok(Delivered::Whole(Err(error))) => Err(error),
            Ok(Delivered::Streams { streamed, end }) => return pass_on(streamed, end).await,
            Ok(Delivered::Whole(Ok(_))) | Err(_) => return plain(StatusCode::BAD_GATEWAY),
        };
        written(url::answer(&result), full)
    }

    fn http_request(&self, parts: &http::request::Parts, body: Vec<u8>) -> HttpRequest {
        let mut headers: Vec<(String, String)> = parts
            .headers
            .iter()
            .map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let (domain, port) = self.authority.rsplit_once(':').unwrap_or((&self.authority, "80"));
        // What Lambda's front adds, so that a function which builds absolute addresses from these builds true ones.
        for (name, value) in
            [("x-forwarded-for", "127.0.0.1"), ("x-forwarded-proto", "http"), ("x-forwarded-port", port)]
        {
            if !parts.headers.contains_key(name) {
                headers.push((name.to_owned(), value.to_owned()));
            }
        }
        HttpRequest {
            method: parts.method.as_str().to_owned(),
            path: self.path(parts.uri.path()),
            query: parts.uri.query().unwrap_or_default().to_owned(),
            protocol: "HTTP/1.1".to_owned(),
            headers,
            body,
            source_ip: "127.0.0.1".to_owned(),
            domain: domain.to_owned(),
        }
    }
}

impl FunctionUrl {
    /// The path that the function sees.
    fn path(&self, path: &str) -> String {
        match path.strip_prefix(&self.prefix).unwrap_or(path) {
            "" => "/".to_owned(),
            path => path.to_owned(),
        }
    }
}

/// An answer that a function is still making, from its head on.
async fn pass_on(mut streamed: Streamed, end: End) -> Response<Body> {
    let has_prelude = streamed.content_type.as_deref().is_some_and(is_prelude);
    let mut begun = BytesMut::new();
    let head = loop {
        if !has_prelude {
            break url::unstructured(streamed.content_type.as_deref(), Vec::new());
        }
        match Prelude::read(&begun) {
            Prelude::Complete(head, length) => {
                begun = begun.split_off(length);
                break head;
            }
            Prelude::Invalid => return written(url::bad_gateway(), full),
            Prelude::Partial => match streamed.pieces.recv().await {
                Some(piece) => begun.extend_from_slice(&piece),
                None => return written(url::bad_gateway(), full),
            },
        }
    };
    // Responses of these statuses have no body. The function may have made one all the same.
    if matches!(head.status, 204 | 304) {
        return written(head, full);
    }
    let last = |invoked: Invoked| if invoked.function_error.is_none() { Ok(Bytes::new()) } else { Err(BrokenOff) };
    written(head, |_| streaming::body(begun.freeze(), streamed.pieces, end, |piece| piece, last))
}

fn is_prelude(content_type: &str) -> bool {
    content_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(PRELUDE_TYPE)
}

fn written(answer: HttpResponse, body: impl FnOnce(Vec<u8>) -> Body) -> Response<Body> {
    let mut response = Response::new(body(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap_or(StatusCode::BAD_GATEWAY);
    for (name, value) in answer.headers {
        let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) else {
            return plain(StatusCode::BAD_GATEWAY);
        };
        // The server writes these itself; a second, different one would break the connection.
        if name != http::header::CONTENT_LENGTH && name != http::header::TRANSFER_ENCODING {
            response.headers_mut().append(name, value);
        }
    }
    response
}

/// Lambda's own refusal, before any function sees the request, as a problem document that also has Lambda's `Message`.
fn too_large() -> Response<Body> {
    let message =
        format!("Request must be smaller than {SYNCHRONOUS_BYTES_MAX} bytes for the InvokeFunction operation");
    let body = json!({
        "type": "about:blank", "title": "Content Too Large", "status": 413, "detail": message, "Message": message,
    });
    let mut response = Response::new(full(body.to_string()));
    *response.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/problem+json"));
    // The rest of the body was not read, so the connection cannot carry another request.
    response.headers_mut().insert("connection", HeaderValue::from_static("close"));
    response
}

fn plain(status: StatusCode) -> Response<Body> {
    let body = json!({"Message": status.canonical_reason().unwrap_or_default()}).to_string();
    let mut response = Response::new(full(body));
    *response.status_mut() = status;
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
    response
}
