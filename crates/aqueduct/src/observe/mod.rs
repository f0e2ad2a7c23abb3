//! Observing: the log, metrics of every invocation, and traces from hop to hop.
//!
//! # The log
//!
//! Every line that is written while a record is handled names the record, whoever writes it and at whatever level:
//!
//! ```json
//! {"timestamp":"2026-11-25T10:15:30.123Z","level":"INFO","message":"taken",
//!  "requestId":"8f6c7a52-5a3e-4d0c-a6a8-0a4f3f1d7a11","xrayTraceId":"Root=1-6745…;Parent=…;Sampled=0",
//!  "receiveCount":1,"messageId":"0193…","messageType":"Payment","source":"order-intake","subject":"ord_1",
//!  "correlationId":"0193…","order":"ord_1","cents":1250,"target":"till"}
//! ```
//!
//! (It is one line; here it is broken.) The members are those of Lambda's own JSON logs, what the spans around the event say,
//! the innermost last, and what the event says. A field that is called `timestamp`, `level`, `target` or `_aws` is written as
//! `field.timestamp` and so on. `messageId` is the message's own id, which stays when it is redriven, or the transport's where
//! the message cannot be read; `correlationId` is the same for all that follows from one message. What the toolkit says by
//! itself are `rejected` (an error), `will be tried again` and `the last attempt failed` (warnings) with the `reason` and its
//! `kind`, and `done` (at `DEBUG`).
//!
//! [`lambda::init_logging`](crate::lambda) says how format and level are chosen. No payload is in any line unless
//! [`Consumer::log_payloads`](crate::Consumer::log_payloads) asks for it, and what errors say can be
//! [redacted](crate::Consumer::redact).
//!
//! # Metrics
//!
//! Each invocation is a line that CloudWatch reads as [`Metrics`]; broken here as well:
//!
//! ```json
//! {"_aws":{"Timestamp":1764065730123,"CloudWatchMetrics":[{"Namespace":"Shop","Dimensions":[["Consumer","Stage"]],
//!  "Metrics":[{"Name":"Received","Unit":"Count"},…,{"Name":"Age","Unit":"Milliseconds"},
//!             {"Name":"Duration","Unit":"Milliseconds"}]}]},
//!  "Consumer":"till","Stage":"test","Received":2,"Done":1,"Retried":1,"Rejected":0,"Stopped":0,"Duplicates":0,
//!  "BatchSize":2,"Age":[103,98],"Duration":[12.417,3.002]}
//! ```
//!
//! # Traces
//!
//! The W3C trace context goes on with every message. With the feature `otel`, spans go to an OpenTelemetry collector beside
//! the function (see `Traces`):
//!
//! ```text
//! trace of the order            trace of the invocation
//! send Orders (PRODUCER)
//! └ process Orders (CONSUMER) ··· process Orders (CONSUMER), messaging.batch.message_count=2
//!   ├ pay, a handler's own span     linked to the sender of each record
//!   └ send Events (PRODUCER)
//! ```
//!
//! A record goes on with the trace of its message and is linked to the one who sent it and to its batch. A message that is
//! sent alone has the span `send` as its place in the trace; of several in one call each has a span `create`, and `send` is
//! linked to them. Besides the attributes that the conventions name, a record has `aqueduct.outcome` (`done`, `retry`,
//! `postpone`, `reject`), `aqueduct.receive_count`, and `aqueduct.duplicate` where its effect had been there before.

mod context;
mod emf;
mod lines;
#[cfg(feature = "lambda")]
pub(crate) mod logs;
mod metrics;
#[cfg(feature = "otel")]
pub(crate) mod otel;
mod payloads;
mod propagate;
mod state;

pub use context::TraceContext;
pub(crate) use emf::Measured;
#[cfg(feature = "lambda")]
pub(crate) use metrics::NAMESPACE;
pub use metrics::{Metrics, MetricsError};
#[cfg(feature = "otel")]
pub use otel::{Traces, TracesError, flush};
pub use payloads::Payloads;
pub(crate) use propagate::stamp;

#[cfg(test)]
mod tests;
