//! The record at work, for what its handler calls without handing it on.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use aqueduct_message::{Delivery, Header};
use tokio::time::Instant;

use crate::observe::TraceContext;

tokio::task_local! {
    static CURRENT: Current;
}

/// What is noted of a record while it is handled.
#[derive(Debug, Default)]
struct Current {
    deadline: Option<Instant>,
    duplicate: Cell<bool>,
    trace: RefCell<Option<TraceContext>>,
}

/// What was noted of a record that has been handled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Noted {
    /// Whether its effect had been there before.
    pub(crate) duplicate: bool,
}

/// Handles a record until its deadline, where one is known, and answers with what was noted of it meanwhile.
pub(crate) async fn noting<T>(deadline: Option<Instant>, handling: impl Future<Output = T>) -> (T, Noted) {
    let noted = || CURRENT.with(|current| Noted { duplicate: current.duplicate.get() });
    let current = Current { deadline, trace: trace().into(), ..Current::default() };
    CURRENT.scope(current, async { (handling.await, noted()) }).await
}

/// Notes that the record at work is a duplicate: its effect had been there before. Outside of a record nothing happens.
pub(crate) fn mark_duplicate() {
    let _ = CURRENT.try_with(|current| current.duplicate.set(true));
}

/// How much time the record at work has. `None` outside of a record, in a task of its own, and where no deadline is known.
pub(crate) fn remaining() -> Option<Duration> {
    let deadline = CURRENT.try_with(|current| current.deadline).ok().flatten()?;
    Some(deadline.saturating_duration_since(Instant::now()))
}

/// Notes the trace that a record belongs to: its own span where it is traced here, else what its message carries, else what SQS says of it, else that of the
/// invocation.
pub(super) fn enter(header: &Header, delivery: &Delivery<'_>) {
    #[cfg(feature = "otel")]
    if let Some(here) = crate::observe::otel::here() {
        let _ = CURRENT.try_with(|current| current.trace.replace(Some(here)));
        return;
    }
    if header.traceparent.is_none() && delivery.trace.is_none() {
        return;
    }
    let carried = TraceContext::of(header).or_else(|| TraceContext::from_xray(delivery.trace.as_deref()?));
    if carried.is_some() {
        let _ = CURRENT.try_with(|current| current.trace.replace(carried));
    }
}

/// The trace of the record at work.
pub(crate) fn trace() -> Option<TraceContext> {
    CURRENT.try_with(|current| current.trace.borrow().clone()).ok().flatten()
}

/// Does something within a trace.
#[cfg(feature = "lambda")]
pub(crate) fn within<F: Future>(trace: Option<TraceContext>, work: F) -> impl Future<Output = F::Output> {
    CURRENT.scope(Current { trace: trace.into(), ..Current::default() }, work)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_record_is_a_duplicate_where_it_was_marked() {
        mark_duplicate();
        let (first, second) =
            tokio::join!(noting(None, async { mark_duplicate() }), noting(None, tokio::task::yield_now()));
        assert!(first.1.duplicate && !second.1.duplicate);
    }
}
