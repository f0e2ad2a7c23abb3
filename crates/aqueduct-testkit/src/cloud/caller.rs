//! The invocation at work, for the calls that it makes.

use std::rc::Rc;

use aqueduct_services::lambda::Invocation;
use http::{HeaderMap, HeaderValue};

tokio::task_local! {
    static INVOCATION: Rc<Invocation>;
}

/// Runs `work` as that of an invocation. Tasks that it spawns are not known as its own.
pub(crate) async fn within<T>(invocation: Rc<Invocation>, work: impl Future<Output = T>) -> T {
    INVOCATION.scope(invocation, work).await
}

/// The trace of the invocation at work in this task.
pub(crate) fn trace_id() -> Option<String> {
    INVOCATION.try_with(|invocation| invocation.trace_id.clone()).ok()
}

/// Adds the trace header, which SDKs take from the environment of their function.
pub(crate) fn sign(headers: &mut HeaderMap, trace_id: Option<&str>) {
    if let Some(Ok(trace)) = trace_id.map(HeaderValue::from_str) {
        headers.insert("x-amzn-trace-id", trace);
    }
}
