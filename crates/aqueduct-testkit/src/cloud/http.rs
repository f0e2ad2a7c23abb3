//! Requests to function URLs.

use aqueduct_services::cloud::{Request, Response};
use aqueduct_services::lambda::url::{self, HttpRequest, HttpResponse};
use aqueduct_services::lambda::{self, Prelude, UrlOf};
use aqueduct_services::{ApiError, Timestamp};
use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode};

use super::Cloud;
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
        let name = requests::function_name(self.topology(), function);
        let described = self.topology().functions.iter().find(|candidate| candidate.name == name);
        if described.is_none_or(|function| function.url.is_none()) {
            let message = format!("the template has no function {function} with a FunctionUrlConfig");
            return Err(ApiError::sender("ResourceNotFoundException", message).with_status(404));
        }
        let (parts, body) = request.into_parts();
        let event = event(self.now(), &parts, body.into());
        let call = Request::Lambda(lambda::Request::InvokeUrl { url: UrlOf::Function(name), event });
        let result = match self.shared.call(call).await {
            Ok(Response::Lambda(response)) => Ok(response),
            Ok(other) => return Err(requests::unexpected(Ok(other))),
            Err(error) => Err(error),
        };
        written(answer(&result))
    }
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

fn written(answer: HttpResponse) -> Result<http::Response<Bytes>, ApiError> {
    let unwritable =
        || ApiError::sender("InvalidResponse", "the function answered with headers that HTTP cannot carry");
    let mut response = http::Response::new(Bytes::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).map_err(|_| unwritable())?;
    for (name, value) in answer.headers {
        let name = HeaderName::try_from(name).map_err(|_| unwritable())?;
        response.headers_mut().append(name, HeaderValue::try_from(value).map_err(|_| unwritable())?);
    }
    Ok(response)
}
