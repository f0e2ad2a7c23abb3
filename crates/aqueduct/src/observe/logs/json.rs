//! Lines of JSON: one flat object for each event, with what all spans around it say.

use std::fmt;

use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::{LookupSpan, Scope};

use super::fields::{Fields, Members};
use crate::Clock;
use crate::observe::lines::Sink;

/// Writes events with the members that Lambda's own JSON logs have: `timestamp`, `level`, `message`, and the fields of the
/// event and of the spans around it beside them, among them `requestId`.
pub(super) struct JsonLines {
    clock: Clock,
    sink: Sink,
}

impl JsonLines {
    pub(super) fn new(clock: Clock, sink: Sink) -> Self {
        Self { clock, sink }
    }

    /// Writes an event with what the spans around it say.
    pub(super) fn write(&self, event: &Event<'_>, mut members: Members) {
        let mut fields = Fields::of_event();
        event.record(&mut fields);
        members.merge(&fields);
        let mut line =
            format!("{{\"timestamp\":\"{:.3}\",\"level\":\"{}\"", self.clock.now(), event.metadata().level());
        if let Some(message) = fields.message() {
            line.push_str(",\"message\":");
            line.push_str(message);
        }
        members.write_to(&mut line);
        line.push_str(",\"target\":\"");
        // A path of modules, unless somebody chose another name.
        line.extend(event.metadata().target().chars().filter(|letter| !matches!(letter, '"' | '\\') && *letter >= ' '));
        line.push_str("\"}");
        (self.sink)(&line);
    }
}

impl fmt::Debug for JsonLines {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("JsonLines").finish_non_exhaustive()
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for JsonLines {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        span.extensions_mut().insert(fields);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(fields) = span.extensions_mut().get_mut::<Fields>() {
            values.record(fields);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut members = Members::default();
        for span in context.event_scope(event).into_iter().flat_map(Scope::from_root) {
            if let Some(fields) = span.extensions().get::<Fields>() {
                members.merge(fields);
            }
        }
        self.write(event, members);
    }
}
