//! The Lambda Runtime API, as one execution environment's process sees it.
//!
//! Source: <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use aqueduct_services::Timestamp;
use aqueduct_services::lambda::{Ended, Invocation, RESPONSE_BYTES_MAX, failed};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

use crate::fleet::stream::{self, Sink};
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
        /// The answer, which may be that it failed halfway.
        ended: Ended,
        /// Whether the id was that of the event under way.
        accepted: oneshot::Sender<bool>,
    },
    /// It begins to stream its answer to an event.
    Streams {
        /// The request id in the path.
        request_id: String,
        /// `Content-Type` of the answer.
        content_type: Option<String>,
        /// Where the pieces go; none if the id is not that of the event under way.
        sink: oneshot::Sender<Option<Sink>>,
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
    if let Some(request_id) = streams(&parts) {
        return take(request_id, &parts, body, &said).await;
    }
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
            let ended = Ended::Answered(String::from_utf8_lossy(&body).into_owned());
            accepted(&said, |accepted| Said::Answered { request_id: (*id).to_owned(), ended, accepted }).await
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

/// The id of the event to which a request streams the answer.
fn streams(parts: &http::request::Parts) -> Option<&str> {
    let id = parts.uri.path().strip_prefix("/2018-06-01/runtime/invocation/")?.strip_suffix("/response")?;
    let mode = parts.headers.get("lambda-runtime-function-response-mode")?;
    (parts.method == Method::POST && mode.as_bytes().eq_ignore_ascii_case(b"streaming")).then_some(id)
}

/// Takes an answer as it comes.
async fn take(
    request_id: &str,
    parts: &http::request::Parts,
    body: Incoming,
    said: &mpsc::UnboundedSender<Said>,
) -> Response<Body> {
    let content_type = parts.headers.get("content-type").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (sink, opened) = oneshot::channel();
    let _ = said.send(Said::Streams { request_id: request_id.to_owned(), content_type, sink });
    let Ok(Some(sink)) = opened.await else { return invalid_id() };
    let ended = match stream::read(body, sink).await {
        Ok(ended) => ended,
        Err(stream::Broken) => failed("Runtime.TruncatedResponse", "the streamed answer broke off".to_owned()),
    };
    accepted(said, |accepted| Said::Answered { request_id: request_id.to_owned(), ended, accepted }).await
}

/// Waits for an event as long as it takes: a 204 would be read as an empty event by release builds of the runtime.
async fn next(said: &mpsc::UnboundedSender<Said>) -> Response<Body> {
    let (sender, assignment) = oneshot::channel();
    let _ = said.send(Said::Next(sender));
    let Ok(Assignment { invocation, deadline }) = assignment.await else {
        return error(StatusCode::INTERNAL_SERVER_ERROR, "Runtime.Shutdown", "the execution environment ends");
    };
    let mut response = Response::builder()
        .header("content-type", "application/json")
        .header("lambda-runtime-aws-request-id", invocation.request_id)
        .header("lambda-runtime-deadline-ms", deadline.as_millis())
        .header("lambda-runtime-invoked-function-arn", invocation.arn.as_str())
        .header("lambda-runtime-trace-id", invocation.trace_id);
    if let Some(context) = invocation.client_context.as_deref().and_then(client_context) {
        response = response.header("lambda-runtime-client-context", context);
    }
    response.body(full(invocation.payload)).unwrap_or_else(|invalid| {
        error(StatusCode::INTERNAL_SERVER_ERROR, "Runtime.InvalidHeader", &invalid.to_string())
    })
}

/// The JSON text of a client context, which callers send in Base64; one that is none is left out.
fn client_context(base64: &str) -> Option<String> {
    let text = String::from_utf8(BASE64_STANDARD.decode(base64).ok()?).ok()?;
    serde_json::from_str::<Value>(&text).ok().map(|context| context.to_string())
}

async fn accepted(
    said: &mpsc::UnboundedSender<Said>,
    message: impl FnOnce(oneshot::Sender<bool>) -> Said,
) -> Response<Body> {
    let (sender, accepted) = oneshot::channel();
    let _ = said.send(message(sender));
    match accepted.await {
        Ok(true) => answer_json(StatusCode::ACCEPTED, &json!({"status": "OK"})),
        Ok(false) | Err(_) => invalid_id(),
    }
}

fn invalid_id() -> Response<Body> {
    error(StatusCode::BAD_REQUEST, "InvalidRequestID", "Invalid request ID")
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

#[cfg(test)]
mod tests {
    use aqueduct_topology::Arn;
    use http_body_util::{BodyExt, Full, StreamBody};
    use hyper::body::Frame;
    use hyper_util::client::legacy::Client;
    use hyper_util::rt::TokioExecutor;

    use super::*;

    /// The API, what is said to it, and where it listens.
    async fn api() -> (tokio::task::JoinSet<()>, mpsc::UnboundedReceiver<Said>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let (sender, said) = mpsc::unbounded_channel();
        let identity = Identity { function: "work".to_owned(), handler: "bootstrap".to_owned() };
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(serve_api(listener, identity, sender));
        (tasks, said, base)
    }

    async fn ask(method: &str, url: String, body: &str) -> Response<Bytes> {
        let request = Request::builder().method(method).uri(url).body(Full::new(Bytes::from(body.to_owned()))).unwrap();
        let client = Client::builder(TokioExecutor::new()).build_http();
        let (parts, body) = client.request(request).await.unwrap().into_parts();
        Response::from_parts(parts, body.collect().await.unwrap().to_bytes())
    }

    #[tokio::test]
    async fn an_event_has_lambdas_headers() {
        let (_tasks, mut said, base) = api().await;
        let asked = tokio::spawn(ask("GET", format!("{base}/2018-06-01/runtime/invocation/next"), ""));
        let Some(Said::Next(asking)) = said.recv().await else { panic!("not a question") };
        let invocation = Invocation {
            request_id: "r-1".to_owned(),
            function: "work".to_owned(),
            arn: Arn::new("arn:aws:lambda:us-east-1:000000000000:function:work"),
            payload: r#"{"a":1}"#.to_owned(),
            deadline: Timestamp::from_millis(5),
            trace_id: "Root=1-0-0".to_owned(),
            client_context: Some("e30=".to_owned()),
            log_tail: false,
            streamed: false,
        };
        asking.send(Assignment { invocation, deadline: Timestamp::from_millis(1_800_000_000_000) }).unwrap();
        let answer = asked.await.unwrap();
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["lambda-runtime-aws-request-id"], "r-1");
        assert_eq!(answer.headers()["lambda-runtime-deadline-ms"], "1800000000000");
        let arn = "arn:aws:lambda:us-east-1:000000000000:function:work";
        assert_eq!(answer.headers()["lambda-runtime-invoked-function-arn"], arn);
        assert_eq!(answer.headers()["lambda-runtime-trace-id"], "Root=1-0-0");
        assert_eq!(answer.body(), r#"{"a":1}"#);
    }

    #[tokio::test]
    async fn answers_are_accepted_or_refused_by_their_id() {
        let (_tasks, mut said, base) = api().await;
        for (right, status) in [(true, 202), (false, 400)] {
            let url = format!("{base}/2018-06-01/runtime/invocation/r-1/response");
            let asked = tokio::spawn(ask("POST", url, "[1]"));
            let Some(Said::Answered { request_id, ended, accepted }) = said.recv().await else { panic!("no answer") };
            assert_eq!((request_id.as_str(), ended), ("r-1", Ended::Answered("[1]".to_owned())));
            accepted.send(right).unwrap();
            assert_eq!(asked.await.unwrap().status(), status);
        }
    }

    /// Streams an answer with trailers.
    async fn stream(url: String, pieces: &[&'static str], trailers: &[(&'static str, &'static str)]) -> StatusCode {
        let mut headers = http::HeaderMap::new();
        for (name, value) in trailers {
            headers.insert(*name, http::HeaderValue::from_static(value));
        }
        let frames = pieces.iter().map(|piece| Frame::data(Bytes::from_static(piece.as_bytes())));
        let frames: Vec<_> = frames.chain([Frame::trailers(headers)]).map(Ok::<_, std::convert::Infallible>).collect();
        let request = Request::post(url)
            .header("lambda-runtime-function-response-mode", "streaming")
            .header("content-type", "text/plain")
            .header("trailer", "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body")
            .body(StreamBody::new(futures_util::stream::iter(frames)))
            .unwrap();
        Client::builder(TokioExecutor::new()).build_http().request(request).await.unwrap().status()
    }

    #[tokio::test]
    async fn a_streamed_answer_goes_where_the_environment_says_and_ends_as_its_trailers_say() {
        let (_tasks, mut said, base) = api().await;
        let failure = [
            ("lambda-runtime-function-error-type", "Oops"),
            ("lambda-runtime-function-error-body", "eyJlcnJvck1lc3NhZ2UiOiJubyJ9"),
        ];
        let (error_type, message) = ("Oops".to_owned(), "no".to_owned());
        let failed = Ended::Failed { error_type, message, payload: r#"{"errorMessage":"no"}"#.to_owned() };
        let whole = Ended::Answered("first second".to_owned());
        for (through, trailers, wanted) in [
            (false, &[][..], whole),
            (true, &[][..], Ended::Answered(String::new())),
            (false, &failure[..], failed.clone()),
            (true, &failure[..], failed),
        ] {
            let url = format!("{base}/2018-06-01/runtime/invocation/r-1/response");
            let trailers = trailers.to_vec();
            let sent = tokio::spawn(async move { stream(url, &["first ", "second"], &trailers).await });
            let Some(Said::Streams { request_id, content_type, sink }) = said.recv().await else { panic!("no stream") };
            assert_eq!((request_id.as_str(), content_type.as_deref()), ("r-1", Some("text/plain")));
            let (opened, mut streamed) = Sink::through(content_type);
            let (used, unused) = if through { (opened, Sink::Whole) } else { (Sink::Whole, opened) };
            drop(unused);
            sink.send(Some(used)).unwrap();
            let Some(Said::Answered { ended, accepted, .. }) = said.recv().await else { panic!("no end") };
            assert_eq!(ended, wanted, "{through}");
            accepted.send(true).unwrap();
            assert_eq!(sent.await.unwrap(), 202);
            let mut passed = String::new();
            while let Some(piece) = streamed.pieces.recv().await {
                passed.push_str(std::str::from_utf8(&piece).unwrap());
            }
            assert_eq!(passed, if through { "first second" } else { "" });
        }
        let url = format!("{base}/2018-06-01/runtime/invocation/r-2/response");
        let sent = tokio::spawn(async move { stream(url, &[], &[]).await });
        let Some(Said::Streams { sink, .. }) = said.recv().await else { panic!("no stream") };
        sink.send(None).unwrap();
        assert_eq!(sent.await.unwrap(), 400, "another invocation's");
    }

    #[tokio::test]
    async fn errors_carry_their_document() {
        let (_tasks, mut said, base) = api().await;
        let document = r#"{"errorType":"Oops","errorMessage":"no","stackTrace":[]}"#;
        for (path, id) in [("invocation/r-1/error", Some("r-1")), ("init/error", None)] {
            let asked = tokio::spawn(ask("POST", format!("{base}/2018-06-01/runtime/{path}"), document));
            let Some(Said::Failed { request_id, error, accepted }) = said.recv().await else { panic!("no error") };
            assert_eq!(request_id.as_deref(), id);
            let (error_type, message) = ("Oops".to_owned(), "no".to_owned());
            assert_eq!(error, Ended::Failed { error_type, message, payload: document.to_owned() });
            accepted.send(true).unwrap();
            assert_eq!(asked.await.unwrap().status(), 202);
        }
    }

    #[tokio::test]
    async fn extensions_register_and_the_unknown_is_refused_by_name() {
        let (_tasks, _said, base) = api().await;
        let registered = ask("POST", format!("{base}/2020-01-01/extension/register"), "{}").await;
        assert!(registered.headers().contains_key("lambda-extension-identifier"));
        let refused = ask("PUT", format!("{base}/2022-07-01/telemetry"), "{}").await;
        assert_eq!(refused.status(), 404);
        assert!(String::from_utf8_lossy(refused.body()).contains("/2022-07-01/telemetry"));
    }
}
