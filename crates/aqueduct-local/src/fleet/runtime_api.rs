//! The Lambda Runtime API, as one execution environment's process sees it.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use aqueduct_services::Timestamp;
use aqueduct_services::lambda::{Ended, Invocation, RESPONSE_BYTES_MAX, failed};
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

use crate::serve::{self, Body, BodyError, full};

/// What the process says.
#[derive(Debug)]
pub(crate) enum Said {
    /// It is ready for an event; the answer is the next one.
    Next(oneshot::Sender<Assignment>),
    /// Its answer to an event.
    Answered {
        /// The request id in the path.
        request_id: String,
        /// The answer.
        body: Bytes,
        /// Whether the id was that of the event under way.
        accepted: oneshot::Sender<bool>,
    },
    /// Its error on an event, or before its first.
    Failed {
        /// The request id in the path; none before the first event.
        request_id: Option<String>,
        /// What it reports.
        error: Ended,
        /// Whether the id was that of the event under way.
        accepted: oneshot::Sender<bool>,
    },
}

/// An event for the process.
#[derive(Clone, Debug)]
pub(crate) struct Assignment {
    /// The invocation.
    pub(crate) invocation: Invocation,
    /// When its time is up.
    pub(crate) deadline: Timestamp,
}

/// What names the function towards an extension.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    /// Physical name.
    pub(crate) function: String,
    /// `Handler`.
    pub(crate) handler: String,
}

/// Serves the API until dropped.
pub(crate) async fn serve_api(listener: TcpListener, identity: Identity, said: mpsc::UnboundedSender<Said>) {
    serve::serve(listener, move |request| answer(request, identity.clone(), said.clone())).await;
}

async fn answer(request: Request<Incoming>, identity: Identity, said: mpsc::UnboundedSender<Said>) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let body = match serve::collect(body, RESPONSE_BYTES_MAX).await {
        Ok(body) => body,
        Err(BodyError::TooLong) => {
            let message = format!("Exceeded maximum allowed payload size ({RESPONSE_BYTES_MAX} bytes).");
            return error(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", &message);
        }
        Err(BodyError::Broken) => return error(StatusCode::BAD_REQUEST, "InvalidRequest", "the body broke off"),
    };
    let path: Vec<&str> = parts.uri.path().trim_start_matches('/').split('/').collect();
    match (&parts.method, path.as_slice()) {
        (&Method::GET, ["2018-06-01", "runtime", "invocation", "next"]) => next(&said).await,
        (&Method::POST, ["2018-06-01", "runtime", "invocation", id, "response"]) => {
            if parts.headers.get("lambda-runtime-function-response-mode").is_some_and(|mode| mode == "streaming") {
                let refusal = "the embedded cloud does not model response streaming; answer with one buffered response";
                let (request_id, error) = (Some((*id).to_owned()), failed("NotImplemented", refusal.to_owned()));
                return accepted(&said, |accepted| Said::Failed { request_id, error, accepted }).await;
            }
            accepted(&said, |accepted| Said::Answered { request_id: (*id).to_owned(), body, accepted }).await
        }
        (&Method::POST, ["2018-06-01", "runtime", "invocation", id, "error"]) => {
            let error = reported(&parts, &body);
            accepted(&said, |accepted| Said::Failed { request_id: Some((*id).to_owned()), error, accepted }).await
        }
        (&Method::POST, ["2018-06-01", "runtime", "init", "error"]) => {
            let error = reported(&parts, &body);
            accepted(&said, |accepted| Said::Failed { request_id: None, error, accepted }).await
        }
        (&Method::POST, ["2020-01-01", "extension", "register"]) => register(&identity),
        // An extension that waits for events hears nothing: the process ends without a SHUTDOWN event.
        (&Method::GET, ["2020-01-01", "extension", "event", "next"]) => std::future::pending().await,
        (method, _) => {
            let message = format!("the embedded Runtime API does not model {method} {}", parts.uri.path());
            error(StatusCode::NOT_FOUND, "NotImplemented", &message)
        }
    }
}

/// Waits for an event as long as it takes: a 204 would be read as an empty event by release builds of the runtime.
async fn next(said: &mpsc::UnboundedSender<Said>) -> Response<Body> {
    let (sender, assignment) = oneshot::channel();
    let _ = said.send(Said::Next(sender));
    let Ok(Assignment { invocation, deadline }) = assignment.await else {
        return error(StatusCode::INTERNAL_SERVER_ERROR, "Runtime.Shutdown", "the execution environment ends");
    };
    let response = Response::builder()
        .header("content-type", "application/json")
        .header("lambda-runtime-aws-request-id", invocation.request_id)
        .header("lambda-runtime-deadline-ms", deadline.as_millis())
        .header("lambda-runtime-invoked-function-arn", invocation.arn.as_str())
        .header("lambda-runtime-trace-id", invocation.trace_id)
        .body(full(invocation.payload));
    response.unwrap_or_else(|invalid| {
        error(StatusCode::INTERNAL_SERVER_ERROR, "Runtime.InvalidHeader", &invalid.to_string())
    })
}

async fn accepted(
    said: &mpsc::UnboundedSender<Said>,
    message: impl FnOnce(oneshot::Sender<bool>) -> Said,
) -> Response<Body> {
    let (sender, accepted) = oneshot::channel();
    let _ = said.send(message(sender));
    match accepted.await {
        Ok(true) => answer_json(StatusCode::ACCEPTED, &json!({"status": "OK"})),
        Ok(false) | Err(_) => error(StatusCode::BAD_REQUEST, "InvalidRequestID", "Invalid request ID"),
    }
}

/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-extensions-api.html>
fn register(identity: &Identity) -> Response<Body> {
    let body = json!({"functionName": identity.function, "functionVersion": "$LATEST", "handler": identity.handler});
    let mut response = answer_json(StatusCode::OK, &body);
    response
        .headers_mut()
        .insert("lambda-extension-identifier", http::HeaderValue::from_static("00000000-0000-4000-8000-000000000000"));
    response
}

fn error(status: StatusCode, error_type: &str, message: &str) -> Response<Body> {
    answer_json(status, &json!({"errorType": error_type, "errorMessage": message}))
}

fn answer_json(status: StatusCode, body: &Value) -> Response<Body> {
    let mut response = Response::new(full(body.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert("content-type", http::HeaderValue::from_static("application/json"));
    response
}

/// The error that a request reports: its JSON document, else its header.
fn reported(parts: &http::request::Parts, body: &Bytes) -> Ended {
    let document: Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| document.get(name).and_then(Value::as_str).map(str::to_owned);
    let header = parts.headers.get("lambda-runtime-function-error-type").and_then(|value| value.to_str().ok());
    let error_type = text("errorType").or_else(|| header.map(str::to_owned));
    let error_type = error_type.unwrap_or_else(|| "Function.Unknown".to_owned());
    let message = text("errorMessage").unwrap_or_default();
    if document.is_object() {
        Ended::Failed { error_type, message, payload: String::from_utf8_lossy(body).into_owned() }
    } else {
        failed(&error_type, message)
    }
}
