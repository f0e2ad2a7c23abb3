//! The Lambda entry point.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use lambda_runtime::{Diagnostic, LambdaEvent, service_fn};
use serde_json::value::RawValue;

use crate::consume::InvocationFailed;
use crate::http::{Request, Response};
use crate::{Clock, Consumer};

/// What ends the process: the runtime could not be reached or the function could not be set up.
pub type Error = lambda_runtime::Error;

/// Runs a consumer until Lambda ends the process.
pub async fn run(consumer: Consumer) -> Result<(), Error> {
    let consumer = Arc::new(consumer);
    let clock = Clock::system();
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Box<RawValue>>| {
        let consumer = Arc::clone(&consumer);
        let remaining = remaining(event.context.deadline, &clock);
        async move { consumer.handle_event(event.payload.get(), remaining).await }
    }))
    .await
}

/// Runs an HTTP handler behind a function URL until Lambda ends the process.
pub async fn run_http<H, F>(handler: H) -> Result<(), Error>
where
    H: Fn(Request) -> F + Clone,
    F: Future<Output = Response>,
{
    lambda_runtime::run(service_fn(move |event: LambdaEvent<Box<RawValue>>| {
        let handler = handler.clone();
        async move {
            match Request::read(event.payload.get()) {
                Ok(request) => Ok::<_, Error>(handler(request).await),
                Err(error) => Err(error.into()),
            }
        }
    }))
    .await
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
