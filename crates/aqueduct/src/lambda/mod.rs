//! The Lambda entry point.

use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use aqueduct_message::EventError;
use bytes::Bytes;
use lambda_runtime::{Diagnostic, LambdaEvent, LambdaInvocation, service_fn};
use serde::de::IgnoredAny;
use tokio::task::futures::TaskLocalFuture;
use tracing::Instrument as _;
use tracing::field::Empty;

use crate::consume::{self, InvocationFailed, current};
use crate::observe::logs::Controls;
use crate::observe::{self, Metrics, MetricsError, TraceContext};
use crate::{Clock, Consumer};

mod http;

pub use self::http::{handle_http, run_http, run_http_streaming};

/// What ends the process: the runtime could not be reached or the function could not be set up.
pub type Error = lambda_runtime::Error;

/// Runs a consumer until Lambda ends the process. Its invocations write [`Metrics`] unless it says otherwise, and their log
/// goes where [`init_logging`] says.
///
/// It needs one thread, and runs on any runtime of Tokio. That of `#[tokio::main(flavor = "local")]` leaves the runtime of many threads out
/// of the binary: a third of a MiB less memory.
pub async fn run(consumer: Consumer) -> Result<(), Error> {
    if tells_contract(Some(&consumer))? {
        return Ok(());
    }
    init_logging();
    let consumer = consumer.named_unless(|| setting("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_default());
    let level = given("AWS_LAMBDA_LOG_LEVEL").unwrap_or_default();
    let consumer = Arc::new(consumer.measured_unless(metrics)?.past_filter(&level));
    let clock = Clock::system();
    let handler = service_fn(move |event: LambdaEvent<IgnoredAny>| {
        let consumer = Arc::clone(&consumer);
        let span = invocation(&event.context);
        let remaining = span.in_scope(|| remaining(event.context.deadline, &clock));
        let trace = event.context.xray_trace_id.as_deref().and_then(TraceContext::from_xray);
        async move {
            let body = BODY.with(Clone::clone);
            let event = std::str::from_utf8(&body).map_err(|error| EventError::NotAnObject(error.to_string()))?;
            #[cfg(feature = "otel")]
            let until = remaining.map(|remaining| tokio::time::Instant::now() + remaining);
            let answer = current::within(trace, consumer.handle_event(event, remaining)).await;
            #[cfg(feature = "otel")]
            flush(until).await;
            answer
        }
        .instrument(span)
    });
    lambda_runtime::Runtime::new(handler).layer(RawBodyLayer).run().await
}

/// Hands a consumer one event as [`run`] does, where no Lambda runtime brings it: in tests of whole functions. The deadline
/// is held against [`Clock::system`] or what stands in for it.
pub async fn handle(
    consumer: &Consumer,
    event: &str,
    context: &lambda_runtime::Context,
) -> Result<consume::Response, InvocationFailed> {
    let span = invocation(context);
    let remaining = span.in_scope(|| remaining(context.deadline, &Clock::system()));
    let trace = context.xray_trace_id.as_deref().and_then(TraceContext::from_xray);
    current::within(trace, consumer.handle_event(event, remaining)).instrument(span).await
}

/// The metrics that the environment asks for.
fn metrics() -> Result<Metrics, MetricsError> {
    if is_true("AQUEDUCT_METRICS_DISABLED") {
        return Ok(Metrics::off());
    }
    let namespace = setting("AQUEDUCT_METRICS_NAMESPACE").unwrap_or_else(|_| observe::NAMESPACE.to_owned());
    Metrics::new(namespace)
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

/// A setting that the template should have given the function.
#[derive(thiserror::Error)]
#[error(
    "the environment variable {0} is not set; give it to the function in the template, under Environment.Variables"
)]
pub struct MissingSetting(pub(crate) String);

/// A `main` that fails prints its error for debugging, and this one is for whoever wrote the template.
impl fmt::Debug for MissingSetting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

/// Reads a setting from the environment. It is meant for `main`; everything below takes its settings as arguments.
pub fn setting(name: &str) -> Result<String, MissingSetting> {
    let value = given(name);
    #[cfg(feature = "contract")]
    let value = crate::contract::export::setting(name, value);
    value.ok_or_else(|| MissingSetting(name.to_owned()))
}

/// What the environment gives, unless that is empty.
#[expect(clippy::disallowed_methods, reason = "the one place where functions read their environment")]
pub(crate) fn given(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Whether the function was asked for its contract, which is then told, instead of running.
#[cfg_attr(
    not(feature = "contract"),
    expect(unused_variables, reason = "without the feature there is nothing to tell")
)]
fn tells_contract(consumer: Option<&Consumer>) -> Result<bool, Error> {
    #[cfg(feature = "contract")]
    if let Some(file) = crate::contract::export::asked() {
        return crate::contract::export::write(file, consumer).map(|()| true);
    }
    if given("AQUEDUCT_CONTRACT").is_none() {
        return Ok(false);
    }
    // It would wait for the Runtime API otherwise.
    Err("this function tells no contract: turn the feature `contract` of `aqueduct` on".into())
}

fn is_true(name: &str) -> bool {
    given(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
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

/// Writes the log to standard output, unless the process has a `tracing` subscriber already, which is then left alone. [`run`] and
/// [`run_http`] begin with it; a `main` that has something to say before them calls it itself.
///
/// Lines are JSON objects with the members of Lambda's own: `timestamp`, `level`, `message` and `requestId`, and beside them what
/// the event and the spans around it say. Where the function's log format is text (`AWS_LAMBDA_LOG_FORMAT`, which Lambda
/// sets), they are text. Their level is that of Lambda's logging controls (`AWS_LAMBDA_LOG_LEVEL`), else `INFO`; `RUST_LOG` says
/// other levels by target, within that, and with the feature `env-filter` by span. A directive that cannot be read is left out
/// and a warning says so.
///
/// Where `AQUEDUCT_LOGS_DISABLED` is `true` nothing is written.
///
/// Sources: <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html>,
/// <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html>
pub fn init_logging() {
    if is_true("AQUEDUCT_LOGS_DISABLED") {
        return;
    }
    let asked = |name| given(name).unwrap_or_default();
    let (format, level) = (asked("AWS_LAMBDA_LOG_FORMAT"), asked("AWS_LAMBDA_LOG_LEVEL"));
    observe::logs::install(&Controls::new(&format, &level, &asked("RUST_LOG")), traces);
}

#[cfg(not(feature = "otel"))]
fn traces() -> Vec<observe::logs::Part> {
    Vec::new()
}

/// The export of traces that the environment asks for. A function that cannot export them works all the same.
#[cfg(feature = "otel")]
fn traces() -> Vec<observe::logs::Part> {
    let asked = given;
    if is_true("OTEL_SDK_DISABLED") || asked("OTEL_TRACES_EXPORTER").is_some_and(|exporter| exporter == "none") {
        return Vec::new();
    }
    let endpoint = asked("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT").unwrap_or_else(|| {
        let collector = asked("OTEL_EXPORTER_OTLP_ENDPOINT").unwrap_or_else(|| "http://localhost:4318".to_owned());
        format!("{}/v1/traces", collector.trim_end_matches('/'))
    });
    let function = asked("AWS_LAMBDA_FUNCTION_NAME").unwrap_or_else(|| "unknown_service".to_owned());
    let about = [
        ("cloud.region", "AWS_REGION"),
        ("faas.version", "AWS_LAMBDA_FUNCTION_VERSION"),
        ("faas.instance", "AWS_LAMBDA_LOG_STREAM_NAME"),
    ];
    let traces = observe::Traces::to(endpoint).map(|traces| {
        let service = asked("OTEL_SERVICE_NAME").unwrap_or_else(|| function.clone());
        let traces = traces.service(service).attribute("faas.name", function);
        let traces = traces.attribute("cloud.provider", "aws").attribute("cloud.platform", "aws_lambda");
        about.into_iter().fold(traces, |traces, (name, variable)| match asked(variable) {
            Some(value) => traces.attribute(name, value),
            None => traces,
        })
    });
    match traces.and_then(observe::Traces::install) {
        Ok(layer) => vec![Box::new(layer)],
        Err(error) => {
            // There is no log yet.
            let line = serde_json::json!({"level": "ERROR", "message": error.to_string()});
            observe::logs::say(&line.to_string());
            Vec::new()
        }
    }
}

/// Exports what was traced, within half of the time that is left.
#[cfg(feature = "otel")]
async fn flush(until: Option<tokio::time::Instant>) {
    let left = until.map(|until| until.saturating_duration_since(tokio::time::Instant::now()) / 2);
    observe::otel::flush_within(left.unwrap_or(Duration::MAX)).await;
}

/// What every line of an invocation says.
fn invocation(context: &lambda_runtime::Context) -> tracing::Span {
    // Of the highest level, so that a line of any level says which invocation it is of.
    let span =
        tracing::error_span!("invocation", requestId = context.request_id, xrayTraceId = Empty, tenantId = Empty);
    if let Some(trace) = &context.xray_trace_id {
        span.record("xrayTraceId", trace.as_str());
    }
    if let Some(tenant) = &context.tenant_id {
        span.record("tenantId", tenant.as_str());
    }
    span
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
