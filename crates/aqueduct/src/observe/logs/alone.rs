//! The log of JSON lines where nobody else wants to know of spans.
//!
//! `tracing_subscriber`'s registry keeps spans for any number of layers, each with a filter and data of its own. This costs a function
//! more at its start and with every record than the log itself does.

use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use tracing_core::span::Current;

use super::json::JsonLines;
use super::spans::Spans;

/// A subscriber that writes lines of JSON, of every level.
#[derive(Debug)]
pub(super) struct JsonLog {
    lines: JsonLines,
    spans: Spans,
}

impl JsonLog {
    pub(super) fn new(lines: JsonLines) -> Self {
        Self { lines, spans: Spans::new() }
    }
}

impl Subscriber for JsonLog {
    fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, attributes: &Attributes<'_>) -> Id {
        self.spans.open(attributes)
    }

    fn record(&self, id: &Id, values: &Record<'_>) {
        self.spans.record(id, values);
    }

    fn record_follows_from(&self, _id: &Id, _follows: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let innermost = if event.is_contextual() { self.spans.current() } else { event.parent().cloned() };
        self.lines.write(event, self.spans.members(innermost));
    }

    fn enter(&self, id: &Id) {
        self.spans.enter(id);
    }

    fn exit(&self, id: &Id) {
        self.spans.exit(id);
    }

    fn clone_span(&self, id: &Id) -> Id {
        self.spans.add_handle(id);
        id.clone()
    }

    fn try_close(&self, id: Id) -> bool {
        self.spans.drop_handle(id)
    }

    fn current_span(&self) -> Current {
        let current = self.spans.current();
        let known = current.and_then(|id| self.spans.metadata(&id).map(|metadata| Current::new(id, metadata)));
        known.unwrap_or_else(Current::none)
    }
}
