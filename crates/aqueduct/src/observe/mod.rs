//! Observing: traces from hop to hop.

mod context;
mod propagate;
mod state;

pub use context::TraceContext;
pub(crate) use propagate::stamp;

#[cfg(test)]
mod tests;
