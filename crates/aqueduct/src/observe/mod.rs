//! Observing: traces from hop to hop, and metrics of every invocation.

mod context;
mod emf;
mod lines;
#[cfg(feature = "lambda")]
pub(crate) mod logs;
mod metrics;
mod payloads;
mod propagate;
mod state;

pub use context::TraceContext;
pub(crate) use emf::Measured;
#[cfg(feature = "lambda")]
pub(crate) use metrics::NAMESPACE;
pub use metrics::{Metrics, MetricsError};
pub use payloads::Payloads;
pub(crate) use propagate::stamp;

#[cfg(test)]
mod tests;
