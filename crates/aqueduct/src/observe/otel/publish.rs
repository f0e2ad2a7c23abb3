//! Spans of what goes out.

use opentelemetry::trace::{Link, Span as _, SpanKind, Status, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue};
use opentelemetry_sdk::trace::{SdkTracer, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::ACTIVE;
use super::export::with_ids;
use super::place::Place;
use super::spans::remote;
use crate::observe::TraceContext;
use crate::publish::{Fate, Outgoing};

/// Messages on their way.
#[derive(Debug)]
pub(crate) struct Sending(Span);

/// Begins the span of a sending. The place that a message has in its trace is the span of the sending where it is the only one,
/// else a span `create` of its own, to which the sending is linked.
pub(crate) fn sending(channel: &str, messages: &[Outgoing]) -> Option<Sending> {
    let tracer = &ACTIVE.get()?.tracer;
    let (place, parent) = (Place::to(channel), tracing::Span::current().context());
    let mut places = messages.iter().map(|message| (message, TraceContext::of(&message.header)));
    if messages.len() == 1 {
        let (message, context) = places.next()?;
        let mut span = own(tracer, &place, "send", &parent, message, &context?)?;
        span.set_attribute(KeyValue::new("messaging.message.body.size", size(message.body.len())));
        return Some(Sending(span));
    }
    let mut links = Vec::new();
    for (message, context) in places {
        if let Some(mut span) = context.and_then(|context| own(tracer, &place, "create", &parent, message, &context)) {
            links.push(Link::new(span.span_context().clone(), Vec::new(), 0));
            span.end();
        }
    }
    let mut attributes = place.attributes("send");
    attributes.push(KeyValue::new("messaging.batch.message_count", size(messages.len())));
    let builder = tracer
        .span_builder(place.span_name("send"))
        .with_kind(SpanKind::Client)
        .with_attributes(attributes)
        .with_links(links);
    Some(Sending(tracer.build_with_context(builder, &parent)))
}

/// The span that a message says it was made in. None where nobody records its trace.
fn own(
    tracer: &SdkTracer,
    place: &Place,
    operation: &'static str,
    parent: &Context,
    message: &Outgoing,
    context: &TraceContext,
) -> Option<Span> {
    if !context.is_sampled() {
        return None;
    }
    let own = remote(context);
    let is_within = parent.span().span_context().trace_id() == own.trace_id();
    let parent = if is_within { parent.clone() } else { Context::new() };
    let mut attributes = place.attributes(operation);
    attributes.extend([
        KeyValue::new("messaging.message.conversation_id", message.header.conversation().to_owned()),
        KeyValue::new("cloudevents.event_id", message.header.id.clone()),
        KeyValue::new("cloudevents.event_source", message.header.source.clone()),
        KeyValue::new("cloudevents.event_type", message.header.kind.clone()),
    ]);
    let builder =
        tracer.span_builder(place.span_name(operation)).with_kind(SpanKind::Producer).with_attributes(attributes);
    let (trace, span, _) = context.parts();
    Some(with_ids(trace, span, || tracer.build_with_context(builder, &parent)))
}

fn size(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

impl Sending {
    /// Says what became of the messages.
    pub(crate) fn ended(mut self, fates: &[Fate]) {
        let refusals: Vec<_> = fates.iter().filter_map(|fate| fate.as_ref().err()).collect();
        if let Some(first) = refusals.first() {
            self.0.set_attribute(KeyValue::new("error.type", first.code.clone()));
            self.0.set_status(Status::error(format!(
                "{} of {} messages were not accepted",
                refusals.len(),
                fates.len()
            )));
        } else if let [Ok(ack)] = fates {
            self.0.set_attribute(KeyValue::new("messaging.message.id", ack.0.clone()));
        }
        self.0.end();
    }
}
