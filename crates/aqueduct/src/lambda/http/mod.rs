//! HTTP requests by way of function URLs.

use std::future::Future;

use bytes::Bytes;
use futures_util::stream::{self, BoxStream, StreamExt as _};
use http::{HeaderName, HeaderValue, StatusCode};
use lambda_runtime::{FunctionResponse, LambdaEvent, MetadataPrelude, StreamResponse, service_fn};
use serde_json::value::RawValue;
use tracing::{Instrument as _, Span};

#[cfg(feature = "otel")]
use super::flush;
use super::{Error, init_logging, invocation, is_true, remaining, tells_contract};
use crate::Clock;
use crate::consume::current;
use crate::http::{Answer, Request, Response, Streamed};
#[cfg(feature = "otel")]
use crate::observe;
use crate::observe::TraceContext;

/// Runs an HTTP handler behind a function URL until Lambda ends the process, with logs as [`init_logging`] has it.
pub async fn run_http<H, F>(handler: H) -> Result<(), Error>
where
    H: Fn(Request) -> F + Clone,
    F: Future<Output = Response>,
{
    if tells_contract(None)? {
        return Ok(());
    }
    init_logging();
    let clock = Clock::system();
    let handler = service_fn(move |event| {
        let answered = answered(handler.clone(), event, &clock);
        async move { Ok::<_, Error>(answered.await?.gathered().await) }
    });
    lambda_runtime::Runtime::new(handler).run().await
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
    if tells_contract(None)? {
        return Ok(());
    }
    init_logging();
    let clock = Clock::system();
    let is_buffered = is_true("AQUEDUCT_HTTP_BUFFERED");
    let handler = service_fn(move |event| {
        let answered = answered(handler.clone(), event, &clock);
        async move {
            let answer = answered.await?;
            Ok::<_, Error>(if is_buffered {
                FunctionResponse::BufferedResponse(answer.gathered().await)
            } else {
                FunctionResponse::StreamingResponse(streamed(answer)?)
            })
        }
    });
    lambda_runtime::Runtime::new(handler).run().await
}

/// Hands an HTTP handler the event of one request as [`run_http_streaming`] does, where no Lambda runtime brings it.
pub async fn handle_http<H, F, R>(handler: H, event: &str, context: lambda_runtime::Context) -> Result<Answer, Error>
where
    H: Fn(Request) -> F,
    F: Future<Output = R>,
    R: Into<Answer>,
{
    let payload = RawValue::from_string(event.to_owned())?;
    answered(handler, LambdaEvent { payload, context }, &Clock::system()).await
}

/// What a request is answered in: the spans and the trace that all of its work belongs to, the pieces of a streamed body
/// too.
struct Scope {
    /// The invocation's, for the log.
    invocation: Span,
    /// The request's own, where telemetry is exported.
    request: Span,
    trace: Option<TraceContext>,
    #[cfg(feature = "otel")]
    until: Option<tokio::time::Instant>,
}

impl Scope {
    #[cfg_attr(not(feature = "otel"), expect(unused_variables, reason = "nothing is exported"))]
    fn of(invocation: Span, trace: Option<TraceContext>, request: &Request) -> Self {
        #[cfg(feature = "otel")]
        return {
            let span = invocation.in_scope(|| observe::otel::request(&request.method, &request.path, trace.as_ref()));
            let until = request.remaining.map(|remaining| tokio::time::Instant::now() + remaining);
            Self { trace: observe::otel::context_of(&span).or(trace), invocation, request: span, until }
        };
        #[cfg(not(feature = "otel"))]
        Self { invocation, request: Span::none(), trace }
    }

    /// Does a part of the work.
    fn work<F: Future>(&self, part: F) -> impl Future<Output = F::Output> + use<F> {
        let part = current::within(self.trace.clone(), part).instrument(self.request.clone());
        part.instrument(self.invocation.clone())
    }

    /// Ends the request with its status, when all of its work is done.
    #[cfg(feature = "otel")]
    async fn end(self, status: u16) {
        let Self { request, until, .. } = self;
        observe::otel::answered(&request, status);
        drop(request);
        flush(until).await;
    }

    #[cfg(not(feature = "otel"))]
    #[expect(clippy::unused_async, reason = "with telemetry it exports")]
    async fn end(self, _: u16) {}
}

/// The answer with the pieces of its body made within the scope, which ends after the last.
async fn scoped(scope: Scope, answer: Answer) -> Answer {
    let status = answer.status_code();
    let Answer::Streamed(Streamed { status_code, headers, pieces }) = answer else {
        scope.end(status).await;
        return answer;
    };
    let pieces = stream::unfold(Some((scope, pieces)), move |left| async move {
        let (scope, mut pieces) = left?;
        if let Some(piece) = scope.work(pieces.next()).await {
            return Some((piece, Some((scope, pieces))));
        }
        drop(pieces);
        scope.end(status).await;
        None
    });
    Answer::Streamed(Streamed { status_code, headers, pieces: pieces.boxed() })
}

/// What a handler answers to an event, within the trace that the request belongs to.
fn answered<H, F>(
    handler: H,
    event: LambdaEvent<Box<RawValue>>,
    clock: &Clock,
) -> impl Future<Output = Result<Answer, Error>> + use<H, F>
where
    H: Fn(Request) -> F,
    F: Future<Output: Into<Answer>>,
{
    let span = invocation(&event.context);
    let remaining = span.in_scope(|| remaining(event.context.deadline, clock));
    async move {
        let request = Request { remaining, ..Request::read(event.payload.get())? };
        let scope = Scope::of(span, trace_of(&request, &event.context), &request);
        let answer: Answer = scope.work(async { handler(request).await }).await.into();
        Ok(scoped(scope, answer).await)
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

#[cfg(test)]
mod tests;
