//! Metrics of a consumer's invocations: where they go, and under which names.

use std::fmt;
use std::sync::Arc;

use thiserror::Error;

use super::emf;
use super::lines::{Sink, print};

/// The namespace of who names none.
#[cfg(feature = "lambda")]
pub(crate) const NAMESPACE: &str = "Aqueduct";

/// The dimension with the [consumer's name](crate::Consumer::name).
pub(super) const CONSUMER: &str = "Consumer";

/// How many dimensions there can be.
const DIMENSIONS_MAX: usize = 30;

/// CloudWatch metrics of a consumer, written to standard output in the embedded metric format: one line for each
/// invocation, which CloudWatch Logs reads. Nothing is called, and no permission is needed.
///
/// | metric | unit | |
/// |---|---|---|
/// | `Received`, `Done`, `Retried`, `Rejected` | count | records, as the [`Tally`](crate::consume::Tally) counts them |
/// | `Stopped` | count | not begun or not finished before the deadline |
/// | `Duplicates` | count | whose effect had been there before |
/// | `Skipped`, `Postponed`, `Blocked` | count | only where there are some |
/// | `BatchSize` | count | records of the invocation |
/// | `Age` | milliseconds | of each record: from when its queue, topic or bus took it to when the function got it |
/// | `Duration` | milliseconds | of each record that was begun: layers and handler |
///
/// Their only dimension is `Consumer`, unless [`Metrics::dimension`] adds some. `Age` and `Duration` have a value for each
/// record, so that percentiles are those of records. CloudWatch takes 100 values at a time: a batch of more has a
/// line for each 100.
///
/// [`lambda::run`](crate::lambda) turns them on: in the namespace of the environment variable
/// `AQUEDUCT_METRICS_NAMESPACE`, or `Aqueduct`, and not where `AQUEDUCT_METRICS_DISABLED` is `true`. Where the function's log has
/// warnings and errors only, lines say that they are of that level, so that Lambda lets them pass.
///
/// ```
/// use aqueduct::observe::Metrics;
/// # use aqueduct::{Consumer, Failure, Message, Payload};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize)]
/// # struct Order {}
/// # impl Payload for Order { const TYPE: &'static str = "Order"; }
/// # async fn ship(order: Message<Order>) -> Result<(), Failure> { Ok(()) }
/// let metrics = Metrics::new("Shop")?.dimension("Stage", "test")?;
/// let consumer = Consumer::new(ship).metrics(metrics);
/// # Ok::<(), aqueduct::observe::MetricsError>(())
/// ```
///
/// Source: <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
#[derive(Clone)]
pub struct Metrics {
    pub(super) namespace: String,
    pub(super) dimensions: Vec<(String, String)>,
    /// The level that a line must say to pass Lambda's filter.
    pub(super) level: Option<&'static str>,
    sink: Option<Sink>,
}

/// A namespace or a dimension that CloudWatch would not take.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{text}` is no {what} for metrics: {rule}")]
pub struct MetricsError {
    what: &'static str,
    text: String,
    rule: &'static str,
}

impl Metrics {
    /// Metrics in a namespace, to standard output.
    pub fn new(namespace: impl Into<String>) -> Result<Self, MetricsError> {
        let namespace = namespace.into();
        let is_known = |letter: char| letter.is_ascii_alphanumeric() || ".-_/#: ".contains(letter);
        let rule = if namespace.trim().is_empty() || namespace.len() > 255 {
            "it has 1 to 255 characters"
        } else if !namespace.chars().all(is_known) || namespace.starts_with(':') {
            "it is made of letters, digits, spaces and `.-_/#:`, and does not begin with `:`"
        } else if namespace.starts_with("AWS/") {
            "names that begin with `AWS/` are AWS's own"
        } else {
            let sink: Sink = Arc::new(print);
            return Ok(Self { namespace, dimensions: Vec::new(), level: None, sink: Some(sink) });
        };
        Err(MetricsError { what: "namespace", text: namespace, rule })
    }

    /// No metrics.
    pub fn off() -> Self {
        Self { namespace: String::new(), dimensions: Vec::new(), level: None, sink: None }
    }

    /// Adds a dimension. Each value is a set of metrics of its own, which costs: it should be one of few.
    pub fn dimension(mut self, name: impl Into<String>, value: impl Into<String>) -> Result<Self, MetricsError> {
        let (name, value) = (name.into(), value.into());
        let is_taken =
            name == CONSUMER || emf::is_taken(&name) || self.dimensions.iter().any(|(other, _)| *other == name);
        let fits = |text: &str, longest: usize| {
            text.len() <= longest && text.chars().all(|letter| matches!(letter, ' '..='~')) && !text.trim().is_empty()
        };
        let rule = if !fits(&name, 250) || name.starts_with(':') {
            Some("it has 1 to 250 printable ASCII characters and does not begin with `:`")
        } else if is_taken {
            Some("the name is taken")
        } else if self.dimensions.len() + 1 == DIMENSIONS_MAX {
            Some("CloudWatch takes 30 dimensions")
        } else {
            None
        };
        if let Some(rule) = rule {
            return Err(MetricsError { what: "dimension", text: name, rule });
        }
        if !fits(&value, 1024) {
            let rule = "it has 1 to 1024 printable ASCII characters";
            return Err(MetricsError { what: "value of a dimension", text: value, rule });
        }
        self.dimensions.push((name, value));
        Ok(self)
    }

    /// The same metrics, handed line by line to `sink` instead of standard output.
    #[must_use]
    pub fn to(mut self, sink: impl Fn(&str) + Send + Sync + 'static) -> Self {
        self.sink = self.sink.is_some().then(|| Arc::new(sink) as Sink);
        self
    }

    /// Lambda takes a line without a level for `INFO`, and a function that logs less than that would have no metrics.
    ///
    /// Source: <https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html>
    #[cfg(any(feature = "lambda", test))]
    pub(crate) fn past_filter(mut self, level: &str) -> Self {
        self.level = ["WARN", "ERROR", "FATAL"].into_iter().find(|above| above.eq_ignore_ascii_case(level));
        self
    }

    pub(crate) fn are_on(&self) -> bool {
        self.sink.is_some()
    }

    /// Writes what was measured in an invocation.
    pub(crate) fn write(&self, measured: &emf::Measured<'_>) {
        if let Some(sink) = &self.sink {
            emf::documents(self, measured).for_each(|line| sink(&line));
        }
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (namespace, dimensions) = (&self.namespace, &self.dimensions);
        formatter
            .debug_struct("Metrics")
            .field("namespace", namespace)
            .field("dimensions", dimensions)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cloudwatch_refuses_is_refused_first() {
        let namespace = |text: &str| Metrics::new(text).map(|_| ()).map_err(|error| error.to_string());
        assert_eq!(namespace("Shop/Orders #1"), Ok(()));
        let refused = ["", "  ", "AWS/Lambda", ":shop", "Käse", "a\nb", &"x".repeat(256)];
        for text in refused {
            assert!(namespace(text).expect_err(text).contains("is no namespace"), "{text}");
        }
        let dimension =
            |name: &str, value: &str| Metrics::new("Shop").expect("fits").dimension(name, value).map(|_| ());
        assert_eq!(dimension("Stage", "test"), Ok(()));
        for (name, value) in [
            ("", "x"),
            (":a", "x"),
            (&"n".repeat(251), "x"),
            ("Consumer", "x"),
            ("Done", "x"),
            ("_aws", "x"),
            ("a", " "),
            ("a", "ä"),
        ] {
            assert!(dimension(name, value).is_err(), "{name}={value}");
        }
        let add = |metrics: Metrics, n: usize| metrics.dimension(format!("d{n}"), "x");
        let full = (0..29).try_fold(Metrics::new("Shop").expect("fits"), add).expect("29 and the consumer's");
        assert!(full.clone().dimension("d0", "x").is_err() && full.dimension("one more", "x").is_err());
    }
}
