//! What all answers have.

use http::{HeaderValue, Response, StatusCode, header};

use super::Body;

/// A refusal in S3's words.
pub(super) fn refused(status: StatusCode, code: &str, message: &str) -> Response<Body> {
    let message = message.replace('&', "&amp;").replace('<', "&lt;");
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    response
}

/// An answer as it goes out.
pub(super) fn finished(mut answer: Response<Body>, number: u64) -> Response<Body> {
    if answer.status() == StatusCode::OK && answer.headers().contains_key(header::CONTENT_RANGE) {
        *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    let id = HeaderValue::try_from(format!("{number:016X}")).ok();
    answer.headers_mut().extend(id.map(|id| (header::HeaderName::from_static("x-amz-request-id"), id)));
    with_carriage_returns(answer)
}

/// An answer whose keys keep their carriage returns, which a reader of XML takes for line feeds where they stand as they are.
///
/// Source: <https://www.w3.org/TR/xml/#sec-line-ends>
fn with_carriage_returns(answer: Response<Body>) -> Response<Body> {
    let is_xml = answer.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind == "application/xml");
    let text = answer.body().bytes().filter(|bytes| is_xml && bytes.contains(&b'\r'));
    let Some(text) = text.and_then(|bytes| String::from_utf8(bytes.to_vec()).ok()) else { return answer };
    answer.map(|_| Body::from(text.replace('\r', "&#13;")))
}
