//! Requests of pages in a browser.
//!
//! A page may use the cloud when it comes from this machine, as one under development does. Pages from elsewhere may not:
//! every site that its user visits could read the messages.

use bytes::Bytes;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri};

/// Headers of answers that SDKs read.
const EXPOSED: &str = "etag, x-amzn-requestid, x-amz-request-id, x-amzn-errortype, x-amzn-query-error, \
                       x-amz-function-error, x-amz-executed-version, x-amz-log-result";

/// The answer to what a browser asks before a request of a page; none when the request is not such a question. A page from
/// elsewhere is not allowed.
///
/// Source: <https://fetch.spec.whatwg.org/#http-cors-protocol>
pub fn preflight(parts: &Parts) -> Option<Response<Bytes>> {
    let is_question = parts.method == Method::OPTIONS && parts.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
    let origin = parts.headers.get(ORIGIN).filter(|_| is_question)?;
    let mut response = Response::new(Bytes::new());
    if !is_local(origin) {
        *response.status_mut() = StatusCode::FORBIDDEN;
        return Some(response);
    }
    *response.status_mut() = StatusCode::NO_CONTENT;
    share(parts, response.headers_mut());
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE"));
    if let Some(wanted) = parts.headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
    }
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    Some(response)
}

/// Lets the page that made a request read its answer, when it comes from this machine.
pub fn share(parts: &Parts, answer: &mut HeaderMap) {
    let Some(origin) = parts.headers.get(ORIGIN).filter(|origin| is_local(origin)) else { return };
    answer.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    answer.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
    answer.append(VARY, HeaderValue::from_static("origin"));
}

/// Whether an origin is this machine, whatever the port.
fn is_local(origin: &HeaderValue) -> bool {
    let uri = origin.to_str().ok().and_then(|origin| origin.parse::<Uri>().ok());
    let host = uri.as_ref().and_then(Uri::host).unwrap_or_default();
    matches!(host, "localhost" | "127.0.0.1" | "[::1]") || host.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(method: &str, headers: &[(&str, &str)]) -> Parts {
        let request = http::Request::builder().method(method).uri("/");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        request.body(()).unwrap().into_parts().0
    }

    #[test]
    fn pages_of_this_machine_are_allowed() {
        for (origin, status) in [
            ("http://localhost:3000", 204),
            ("https://shop.localhost", 204),
            ("http://127.0.0.1:5173", 204),
            ("http://[::1]:80", 204),
            ("https://localhost.example.com", 403),
            ("https://example.com", 403),
            ("null", 403),
        ] {
            let asked = parts(
                "OPTIONS",
                &[
                    ("origin", origin),
                    ("access-control-request-method", "POST"),
                    ("access-control-request-headers", "authorization,x-amz-target"),
                ],
            );
            let answer = preflight(&asked).unwrap();
            assert_eq!(answer.status(), status, "{origin}");
            let allowed = answer.headers().get("access-control-allow-origin").map(HeaderValue::as_bytes);
            assert_eq!(allowed, (status == 204).then_some(origin.as_bytes()));
            let headers = answer.headers().get("access-control-allow-headers").map(HeaderValue::as_bytes);
            assert_eq!(headers, (status == 204).then_some(&b"authorization,x-amz-target"[..]));
        }
    }

    #[test]
    fn other_requests_are_no_questions() {
        for (method, headers) in [
            ("OPTIONS", &[("origin", "http://localhost")][..]),
            ("OPTIONS", &[("access-control-request-method", "POST")]),
            ("POST", &[("origin", "http://localhost"), ("access-control-request-method", "POST")]),
        ] {
            assert!(preflight(&parts(method, headers)).is_none(), "{method} {headers:?}");
        }
        let mut answer = HeaderMap::new();
        share(&parts("POST", &[]), &mut answer);
        share(&parts("POST", &[("origin", "https://example.com")]), &mut answer);
        assert!(answer.is_empty());
    }
}
