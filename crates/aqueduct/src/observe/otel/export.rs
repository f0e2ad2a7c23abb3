//! Spans that have ended, until they are exported with the invocation's last breath.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry::trace::{SpanId, TraceId};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{IdGenerator, RandomIdGenerator, Span, SpanData, SpanExporter as _, SpanProcessor};

/// How many spans are kept for an export. What is beyond is dropped and counted.
const PENDING_MAX: usize = 20_000;

/// Keeps spans. The SDK's own processors export on a thread of theirs or while a span ends, and neither goes with a runtime of
/// one thread that Lambda freezes between invocations.
#[derive(Clone, Debug, Default)]
pub(super) struct Pending {
    spans: Arc<Mutex<Vec<SpanData>>>,
    dropped: Arc<AtomicUsize>,
}

impl Pending {
    fn take(&self) -> Vec<SpanData> {
        std::mem::take(&mut *self.spans.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl SpanProcessor for Pending {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        let mut spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        if spans.len() < PENDING_MAX {
            spans.push(span);
        } else {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// The way to the collector.
#[derive(Debug)]
pub(super) struct Export {
    exporter: opentelemetry_otlp::SpanExporter,
    pending: Pending,
    limit: Duration,
    /// Whether the last export failed: a collector that is away is told of once.
    failed: AtomicBool,
}

impl Export {
    pub(super) fn new(exporter: opentelemetry_otlp::SpanExporter, pending: Pending, limit: Duration) -> Self {
        Self { exporter, pending, limit, failed: AtomicBool::new(false) }
    }

    /// Exports what is there. What cannot be exported in time is gone.
    pub(super) async fn flush(&self, limit: Duration) {
        let spans = self.pending.take();
        if spans.is_empty() {
            return;
        }
        let (count, dropped) = (spans.len(), self.pending.dropped.swap(0, Ordering::Relaxed));
        if dropped > 0 {
            tracing::warn!(dropped, "there were more spans than are kept for an export");
        }
        let exported = tokio::time::timeout(self.limit.min(limit), self.exporter.export(spans)).await;
        let error = match exported {
            Ok(Ok(())) => {
                self.failed.store(false, Ordering::Relaxed);
                return;
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "the collector did not answer in time".to_owned(),
        };
        if self.failed.swap(true, Ordering::Relaxed) {
            tracing::debug!(error, spans = count, "spans could not be exported");
        } else {
            tracing::warn!(
                error,
                spans = count,
                "spans could not be exported; nothing more is said of it until they can be"
            );
        }
    }
}

thread_local! {
    /// The identifiers of the next span, where they are given.
    static GIVEN: Cell<Option<(u128, u64)>> = const { Cell::new(None) };
}

/// Starts a span that has the place in a trace which its message says.
pub(super) fn with_ids<T>(trace: u128, span: u64, start: impl FnOnce() -> T) -> T {
    GIVEN.set(Some((trace, span)));
    let started = start();
    GIVEN.set(None);
    started
}

/// Identifiers: given ones, else random ones.
#[derive(Clone, Debug, Default)]
pub(super) struct Ids(RandomIdGenerator);

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> TraceId {
        GIVEN.get().map_or_else(|| self.0.new_trace_id(), |(trace, _)| TraceId::from(trace))
    }

    fn new_span_id(&self) -> SpanId {
        GIVEN.get().map_or_else(|| self.0.new_span_id(), |(_, span)| SpanId::from(span))
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use opentelemetry::trace::{Span as _, Tracer as _};
    use tokio::time::Instant;

    use super::super::Traces;
    use super::*;

    /// A socket that nobody accepts from takes a connection and answers nothing; one that is closed takes none.
    #[tokio::test]
    async fn a_collector_that_does_not_answer_holds_nobody_up() {
        for is_there in [true, false] {
            let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
            let endpoint = format!("http://{}/v1/traces", listener.local_addr().expect("it has one"));
            let listener = is_there.then_some(listener);
            let active = Traces::to(endpoint).expect("a URL").within(Duration::from_millis(20)).active();
            for _ in 0..2 {
                active.tracer.start("span").end();
                let begun = Instant::now();
                active.export.flush(Duration::MAX).await;
                assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
                assert!(active.export.failed.load(Ordering::Relaxed));
                assert!(active.export.pending.take().is_empty(), "what could not be exported is gone");
            }
            drop(listener);
        }
    }

    #[test]
    fn what_is_no_collector_is_refused() {
        for endpoint in ["", "localhost:4318", "https://example.com/v1/traces", "http://a b/"] {
            let error = Traces::to(endpoint).expect_err(endpoint).to_string();
            assert!(error.starts_with(&format!("traces cannot be exported to `{endpoint}`")), "{error}");
        }
    }

    #[test]
    fn there_is_an_end_to_what_is_kept() {
        let traces = Traces::to("http://127.0.0.1:9/v1/traces").expect("a URL").active();
        for _ in 0..PENDING_MAX + 3 {
            traces.tracer.start("span").end();
        }
        assert_eq!(traces.export.pending.dropped.load(Ordering::Relaxed), 3);
        assert_eq!(traces.export.pending.take().len(), PENDING_MAX);
    }
}
