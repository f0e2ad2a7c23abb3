//! The Lambda entry point.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use aqueduct_message::EventError;
use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use http::{HeaderName, HeaderValue, StatusCode};
use lambda_runtime::layers::TracingLayer;
use lambda_runtime::{
    Diagnostic, FunctionResponse, LambdaEvent, LambdaInvocation, MetadataPrelude, StreamResponse, service_fn,
};
use serde::de::IgnoredAny;
use serde_json::value::RawValue;
use tokio::task::futures::TaskLocalFuture;

use crate::consume::{InvocationFailed, current};
use crate::http::{Answer, Request, Response, Streamed};
use crate::observe::{self, Metrics, MetricsError, TraceContext};
use crate::{Clock, Consumer};

/// What ends the process: the runtime could not be reached or the function could not be set up.
pub type Error = lambda_runtime::Error;

/// Runs a consumer until Lambda ends the process. Its invocations write [`Metrics`] unless it says otherwise.
pub async fn run(consumer: Consumer) -> Result<(), Error> {
    let consumer = consumer.named_unless(|| setting("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default());
    let consumer = Arc::new(consumer.measured_unless(metrics)?);
    let clock = Clock::system();
    let handler = service_fn(move |event: LambdaEvent<IgnoredAny>| {
        let consumer = Arc::clone(&consumer);
        let remaining = remaining(event.context.deadline, &clock);
        let trace = event.context.xray_trace_id.as_deref().and_then(TraceContext::from_xray);
        async move {
            let body = BODY.with(Clone::clone);
            let event = std::str::from_utf8(&body).map_err(|error| EventError::NotAnObject(error.to_string()))?;
            current::within(trace, consumer.handle_event(event, remaining)).await
        }
    });
    lambda_runtime::Runtime::new(handler).layer(TracingLayer::new()).layer(RawBodyLayer).run().await
}

/// The metrics that the environment asks for.
fn metrics() -> Result<Metrics, MetricsError> {
    if setting("AQUEDUCT_METRICS_DISABLED").is_ok_and(|disabled| disabled.eq_ignore_ascii_case("true")) {
        return Ok(Metrics::off());
    }
    let namespace = setting("AQUEDUCT_METRICS_NAMESPACE").unwrap_or_else(|_| observe::NAMESPACE.to_owned());
    Ok(Metrics::new(namespace)?.past_filter(&setting("AWS_LAMBDA_LOG_LEVEL").unwrap_or_default()))
}

tokio::task_local! {
    /// The event of the invocation at work, as it came.
    static BODY: Bytes;
}

/// Takes the event out of the runtime's hands, which would parse it into a value that owns everything: the consumer
/// reads records out of the bytes and copies only what must be.
#[derive(Clone, Copy, Debug)]
struct RawBodyLayer;

impl<S> tower::Layer<S> for RawBodyLayer {
    type Service = RawBody<S>;

    fn layer(&self, inner: S) -> RawBody<S> {
        RawBody { inner }
    }
}

#[derive(Clone, Debug)]
struct RawBody<S> {
    inner: S,
}

impl<S: tower::Service<LambdaInvocation>> tower::Service<LambdaInvocation> for RawBody<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = TaskLocalFuture<Bytes, S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut invocation: LambdaInvocation) -> Self::Future {
        let body = std::mem::replace(&mut invocation.body, Bytes::from_static(b"null"));
        BODY.scope(body, self.inner.call(invocation))
    }
}

/// Runs an HTTP handler behind a function URL until Lambda ends the process.
pub async fn run_http<H, F>(handler: H) -> Result<(), Error>
where
    H: Fn(Request) -> F + Clone,
    F: Future<Output = Response>,
{
    let clock = Clock::system();
    lambda_runtime::run(service_fn(move |event| answered(handler.clone(), event, &clock))).await
}

/// Runs an HTTP handler behind a function URL with `InvokeMode: RESPONSE_STREAM` until Lambda ends the process.
///
/// A function cannot see the mode of its URL, so all answers go out as such a URL takes them: as a stream that begins
/// with status and headers. Behind one with `BUFFERED`, or behind API Gateway, use [`run_http`]. Where there is no URL, as
/// for `cargo lambda invoke`, the setting `AQUEDUCT_HTTP_BUFFERED=true` has each answer go out in one piece, when all of it
/// is there.
///
/// ```no_run
/// # use aqueduct::http::{Answer, Follow, Problem, Request};
/// # async fn example(follow: Follow) -> Result<(), aqueduct::lambda::Error> {
/// aqueduct::lambda::run_http_streaming(move |request: Request| {
///     let follow = follow.clone();
///     async move {
///         match follow.events(request.segments().last().unwrap_or(&""), &request).await {
///             Ok(Some(answer)) => answer,
///             Ok(None) => Answer::from(Problem::new(404, "not-found", "Not found", "There is no such request.")),
///             Err(error) => Answer::from(Problem::new(503, "unavailable", "Try again", error.to_string())),
///         }
///     }
/// })
/// .await
/// # }
/// ```
///
/// Sources: <https://docs.aws.amazon.com/lambda/latest/dg/config-rs-invoke-furls.html>,
/// <https://github.com/aws/aws-lambda-go/pull/503> (a function cannot see the mode)
pub async fn run_http_streaming<H, F, R>(handler: H) -> Result<(), Error>
where
    H: Fn(Request) -> F + Clone,
    F: Future<Output = R>,
    R: Into<Answer>,
{
    let clock = Clock::system();
    let is_buffered = setting("AQUEDUCT_HTTP_BUFFERED").is_ok_and(|buffered| buffered.eq_ignore_ascii_case("true"));
    lambda_runtime::run(service_fn(move |event| {
        let answered = answered(handler.clone(), event, &clock);
        async move {
            let answer = answered.await?.into();
            Ok::<_, Error>(if is_buffered {
                FunctionResponse::BufferedResponse(answer.gathered().await)
            } else {
                FunctionResponse::StreamingResponse(streamed(answer)?)
            })
        }
    }))
    .await
}

/// What a handler answers to a request, within the trace that the request belongs to.
fn answered<H, F>(
    handler: H,
    event: LambdaEvent<Box<RawValue>>,
    clock: &Clock,
) -> impl Future<Output = Result<F::Output, Error>> + use<H, F>
where
    H: Fn(Request) -> F,
    F: Future,
{
    let remaining = remaining(event.context.deadline, clock);
    async move {
        let request = Request::read(event.payload.get())?;
        let trace = trace_of(&request, &event.context);
        let request = Request { remaining, ..request };
        Ok(current::within(trace, async { handler(request).await }).await)
    }
}

type Pieces = BoxStream<'static, Result<Bytes, Error>>;

/// An answer as a function URL takes it whose mode is `RESPONSE_STREAM`.
fn streamed(answer: Answer) -> Result<StreamResponse<Pieces>, Error> {
    let (status_code, headers, pieces) = match answer {
        Answer::Streamed(Streamed { status_code, headers, pieces }) => (status_code, headers, pieces),
        Answer::Whole(Response { status_code, headers, body, .. }) => {
            (status_code, headers, stream::iter((!body.is_empty()).then_some(body)).boxed())
        }
    };
    let mut metadata_prelude =
        MetadataPrelude { status_code: StatusCode::from_u16(status_code)?, ..MetadataPrelude::default() };
    for (name, value) in headers {
        metadata_prelude.headers.insert(HeaderName::try_from(name)?, HeaderValue::try_from(value)?);
    }
    // A stream never fails: the runtime would write the failure into the body.
    Ok(StreamResponse { metadata_prelude, stream: pieces.map(|piece| Ok(Bytes::from(piece))).boxed() })
}

/// The trace that a request belongs to: what its caller says, else what Lambda says.
fn trace_of(request: &Request, context: &lambda_runtime::Context) -> Option<TraceContext> {
    let said = |name: &str| request.headers.get(name).map(String::as_str);
    let carried = said("traceparent").and_then(|parent| TraceContext::parse(parent, said("tracestate")));
    carried.or_else(|| TraceContext::from_xray(context.xray_trace_id.as_deref()?))
}

/// A setting that the template should have given the function.
#[derive(thiserror::Error)]
#[error(
    "the environment variable {0} is not set; give it to the function in the template, under Environment.Variables"
)]
pub struct MissingSetting(String);

/// A `main` that fails prints its error for debugging, and this one is for whoever wrote the template.
impl fmt::Debug for MissingSetting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// Reads a setting from the environment. It is meant for `main`; everything below takes its settings as arguments.
#[expect(clippy::disallowed_methods, reason = "the one place where functions read their environment")]
pub fn setting(name: &str) -> Result<String, MissingSetting> {
    std::env::var(name).ok().filter(|value| !value.is_empty()).ok_or_else(|| MissingSetting(name.to_owned()))
}

/// The error type names what failed rather than a Rust type, since it ends up in alarms and dead-letter queues.
impl From<InvocationFailed> for Diagnostic {
    fn from(failed: InvocationFailed) -> Self {
        let error_type = match failed {
            InvocationFailed::Event(_) => "Aqueduct.UnknownEvent",
            InvocationFailed::Message { .. } => "Aqueduct.MessageFailed",
            InvocationFailed::Batch { .. } => "Aqueduct.BatchFailed",
        };
        Self { error_type: error_type.to_owned(), error_message: failed.to_string() }
    }
}

/// Writes logs as JSON lines, as Lambda's JSON log format has them, at the levels of `RUST_LOG` (`info` without it).
pub fn init_logging() {
    let filter = tracing_subscriber::EnvFilter::builder()
        .with_default_directive(tracing_subscriber::filter::LevelFilter::INFO.into())
        .from_env_lossy();
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_env_filter(filter)
        .with_writer(std::io::stdout)
        .init();
}

/// How long the function may still run. Some local tools send a deadline of 1970, which says nothing.
fn remaining(deadline_millis: u64, clock: &Clock) -> Option<Duration> {
    let now = u64::try_from(clock.now().as_millisecond()).unwrap_or_default();
    if deadline_millis <= now {
        tracing::warn!(deadline_millis, "the deadline of this invocation is in the past and is ignored");
        return None;
    }
    Some(Duration::from_millis(deadline_millis - now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_in_1970_is_no_deadline() {
        let clock = Clock::new(|| jiff::Timestamp::from_second(1_800_000_000).expect("in range"), String::new);
        assert_eq!(remaining(600_000, &clock), None);
        assert_eq!(remaining(1_800_000_010_000, &clock), Some(Duration::from_secs(10)));
    }
}
