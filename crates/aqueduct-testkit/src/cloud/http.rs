//! Requests to function URLs.

use aqueduct_services::cloud::{Request, Response};
use aqueduct_services::lambda::url::{self, HttpRequest, HttpResponse};
use aqueduct_services::lambda::{self, Prelude, UrlOf};
use aqueduct_services::{ApiError, Timestamp};
use bytes::Bytes;
use futures_util::FutureExt as _;
use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode};
use tokio::sync::mpsc;

use super::Cloud;
use super::streaming::{self, Pieces};
use crate::requests;

/// Under which host function URLs are served.
const DOMAIN: &str = "function.lambda-url.local";

impl Cloud {
    /// Sends a request to a function's URL and lets time pass until all of the answer is there.
    ///
    /// # Panics
    ///
    /// Within [`Cloud::run`]; there it is [`Cloud::request`] that answers.
    pub fn http(
        &self,
        function: &str,
        request: http::Request<impl Into<Bytes>>,
    ) -> Result<http::Response<Bytes>, ApiError> {
        self.run(self.request(function, request))
    }

    /// Sends a request to a function's URL, within [`Cloud::run`].
    pub async fn request(
        &self,
        function: &str,
        request: http::Request<impl Into<Bytes>>,
    ) -> Result<http::Response<Bytes>, ApiError> {
        let call = self.to_url(function, request)?;
        whole(self.shared.call(call).await)
    }

    /// Sends a request to a function's URL, within [`Cloud::run`], and answers when the head of the answer is there. The pieces of
    /// its body follow when the function makes them, if it has `InvokeMode: RESPONSE_STREAM`; else there is one.
    pub async fn request_streaming(
        &self,
        function: &str,
        request: http::Request<impl Into<Bytes>>,
    ) -> Result<http::Response<Pieces>, ApiError> {
        let (call, shared) = (self.to_url(function, request)?, self.shared.clone());
        let (listener, pieces) = mpsc::unbounded_channel();
        let end = async move { shared.call_listening(call, Some(listener)).await };
        streaming::begun(pieces, end.boxed_local()).await
    }

    /// The call that a request to a function's URL is.
    fn to_url(&self, function: &str, request: http::Request<impl Into<Bytes>>) -> Result<Request, ApiError> {
        let name = requests::function_name(self.topology(), function);
        let described = self.topology().functions.iter().find(|candidate| candidate.name == name);
        if described.is_none_or(|function| function.url.is_none()) {
            let message = format!("the template has no function {function} with a FunctionUrlConfig");
            return Err(ApiError::sender("ResourceNotFoundException", message).with_status(404));
        }
        let (parts, body) = request.into_parts();
        let event = event(self.now(), &parts, body.into());
        Ok(Request::Lambda(lambda::Request::InvokeUrl { url: UrlOf::Function(name), event }))
    }
}

/// The answer of which all is there.
pub(super) fn whole(result: Result<Response, ApiError>) -> Result<http::Response<Bytes>, ApiError> {
    let result = match result {
        Ok(Response::Lambda(response)) => Ok(response),
        Ok(other) => return Err(requests::unexpected(Ok(other))),
        Err(error) => Err(error),
    };
    let mut answer = answer(&result);
    let body = std::mem::take(&mut answer.body);
    written(answer, Bytes::from(body))
}

fn event(now: Timestamp, parts: &Parts, body: Bytes) -> String {
    let headers = parts.headers.iter();
    let headers =
        headers.map(|(name, value)| (name.as_str().to_owned(), String::from_utf8_lossy(value.as_bytes()).into_owned()));
    let request = HttpRequest {
        method: parts.method.as_str().to_owned(),
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        protocol: "HTTP/1.1".to_owned(),
        headers: headers.collect(),
        body: body.into(),
        source_ip: "127.0.0.1".to_owned(),
        domain: DOMAIN.to_owned(),
    };
    url::event(now, &request, &format!("virtual-{}", now.as_millis()))
}

/// An answer that was streamed begins with its head.
fn answer(result: &Result<lambda::Response, ApiError>) -> HttpResponse {
    if let Ok(lambda::Response::Invoked(invoked)) = result
        && invoked.function_error.is_none()
        && let Prelude::Complete(head, begin) = Prelude::read(invoked.payload.as_bytes())
    {
        return HttpResponse { body: invoked.payload.as_bytes()[begin..].to_vec(), ..head };
    }
    url::answer(result)
}

/// A response with the head of an answer.
pub(super) fn written<B>(answer: HttpResponse, body: B) -> Result<http::Response<B>, ApiError> {
    let unwritable =
        || ApiError::sender("InvalidResponse", "the function answered with headers that HTTP cannot carry");
    let mut response = http::Response::new(body);
    *response.status_mut() = StatusCode::from_u16(answer.status).map_err(|_| unwritable())?;
    for (name, value) in answer.headers {
        let name = HeaderName::try_from(name).map_err(|_| unwritable())?;
        response.headers_mut().append(name, HeaderValue::try_from(value).map_err(|_| unwritable())?);
    }
    Ok(response)
}
