//! Who makes a call: the invocation at work, or the test.

use std::rc::Rc;

use aqueduct_services::lambda::Invocation;
use http::{HeaderMap, HeaderValue};

tokio::task_local! {
    static INVOCATION: Rc<Invocation>;
}

/// Who makes a call.
#[derive(Clone, Debug, Default)]
pub(crate) struct Caller {
    trace_id: Option<String>,
}

impl Caller {
    /// The invocation at work in this task. Tasks that it spawned are not known as its own.
    pub(crate) fn current() -> Self {
        let of = |invocation: &Rc<Invocation>| Self { trace_id: Some(invocation.trace_id.clone()) };
        INVOCATION.try_with(of).unwrap_or_default()
    }

    /// Adds the trace header, which SDKs take from the environment of their function.
    pub(crate) fn sign(&self, headers: &mut HeaderMap) {
        if let Some(Ok(trace)) = self.trace_id.as_deref().map(HeaderValue::from_str) {
            headers.insert("x-amzn-trace-id", trace);
        }
    }
}

/// Runs `work` as that of an invocation.
pub(crate) async fn within<T>(invocation: Rc<Invocation>, work: impl Future<Output = T>) -> T {
    INVOCATION.scope(invocation, work).await
}
