//! A span at a place of one's choice.

use aqueduct_message::Delivery;
use futures_util::future::{BoxFuture, FutureExt as _};
use tracing::Instrument as _;
use tracing::field::Empty;

use crate::consume::{Layer, Next, Outcome};

/// A span around what is inside, with its outcome and its duration. Every record has the span `message` with its id, type, subject and
/// correlation without this; what this adds is what one layer, or one try, took.
#[derive(Clone, Copy, Debug)]
pub struct Trace {
    name: &'static str,
}

impl Trace {
    /// A span that says where it stands, such as `handler`.
    pub const fn new(name: &'static str) -> Self {
        Self { name }
    }
}

impl Layer for Trace {
    fn handle<'a>(&'a self, delivery: &'a Delivery<'a>, next: Next<'a>) -> BoxFuture<'a, Outcome> {
        let span = tracing::info_span!("layer", at = self.name, outcome = Empty, kind = Empty);
        async move {
            let begun = tokio::time::Instant::now();
            let outcome = next.run(delivery).await;
            let span = tracing::Span::current();
            span.record("outcome", outcome.name());
            if let Some(reason) = outcome.reason() {
                span.record("kind", &*reason.kind);
            }
            tracing::info!(milliseconds = begun.elapsed().as_secs_f64() * 1000.0, "handled");
            outcome
        }
        .instrument(span)
        .boxed()
    }
}
