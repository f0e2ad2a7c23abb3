//! The function's log: which lines, and in which format.
//!
//! What Lambda's logging controls say arrives in the function's environment, and a function in Rust has to do it itself.
//!
//! Sources: <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-logformat.html>,
//! <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html>

mod alone;
mod fields;
mod json;
mod levels;
mod spans;
mod text;

use std::str::FromStr as _;
use std::sync::Arc;

use tracing::Dispatch;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::FilterExt as _;
use tracing_subscriber::layer::{Layer, SubscriberExt as _};
use tracing_subscriber::registry::Registry;

use super::lines::{Sink, print};
use crate::Clock;
use alone::JsonLog;
use json::JsonLines;
use levels::Levels;
use text::TextLines;

/// A part of the subscriber.
pub(crate) type Part = Box<dyn Layer<Registry> + Send + Sync>;

/// How lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Json,
    Text,
}

/// What the function's environment says about its log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Controls {
    form: Form,
    /// Lambda drops what is below.
    level: Option<LevelFilter>,
    /// Levels by target, as `RUST_LOG` has them.
    directives: String,
}

impl Controls {
    /// Reads `AWS_LAMBDA_LOG_FORMAT`, `AWS_LAMBDA_LOG_LEVEL` and `RUST_LOG`, each empty where it is not set. Where nobody asks for
    /// text, as outside of Lambda, lines are JSON.
    pub(crate) fn new(format: &str, level: &str, directives: &str) -> Self {
        let form = if format.eq_ignore_ascii_case("text") { Form::Text } else { Form::Json };
        let level = match level.trim() {
            "" => None,
            // `tracing` has no such level. Lambda drops the errors that it does not want.
            fatal if fatal.eq_ignore_ascii_case("fatal") => Some(LevelFilter::ERROR),
            // Lambda takes a level that it does not know for `INFO`, too.
            level => Some(LevelFilter::from_str(level).unwrap_or(LevelFilter::INFO)),
        };
        Self { form, level, directives: directives.to_owned() }
    }

    /// Which lines are written, and the directives that cannot be read.
    fn levels(&self) -> (Levels, Vec<&str>) {
        Levels::read(self.level.unwrap_or(LevelFilter::INFO), &self.directives)
    }
}

/// Writes a line before there is a log.
#[cfg(feature = "otel")]
pub(crate) fn say(line: &str) {
    print(line);
}

/// Lines of JSON, of every level.
#[cfg(test)]
pub(crate) fn lines_of(clock: Clock, sink: Sink) -> Part {
    Box::new(JsonLines::new(clock, sink))
}

/// The subscriber that writes lines to `sink`, and does what `others` do besides.
pub(crate) fn subscriber(controls: &Controls, clock: Clock, sink: Sink, others: Vec<Part>) -> Dispatch {
    let (levels, _) = controls.levels();
    let level = controls.level.unwrap_or(LevelFilter::TRACE);
    let lines: Part = match controls.form {
        Form::Json if others.is_empty() => {
            return levels.of_log(JsonLog::new(JsonLines::new(clock, sink)).with(level));
        }
        Form::Json => Box::new(JsonLines::new(clock, sink)),
        Form::Text => {
            let lines = tracing_subscriber::fmt::layer().with_ansi(false).without_time();
            Box::new(lines.with_writer(TextLines::new(sink)))
        }
    };
    let mut parts: Vec<Part> = vec![Box::new(lines.with_filter(levels.of_part().and(level)))];
    parts.extend(others);
    Dispatch::new(tracing_subscriber::registry().with(parts))
}

/// Installs the subscriber, unless the process has one: a user's own is left alone. Says whether it was installed.
pub(crate) fn install(controls: &Controls, others: impl FnOnce() -> Vec<Part>) -> bool {
    if tracing::dispatcher::has_been_set() {
        return false;
    }
    let subscriber = subscriber(controls, Clock::system(), Arc::new(print), others());
    let installed = tracing::dispatcher::set_global_default(subscriber).is_ok();
    for directive in controls.levels().1 {
        tracing::warn!(directive, "RUST_LOG has a directive that is left out: {}", levels::TAKEN);
    }
    installed
}

#[cfg(test)]
mod tests;
