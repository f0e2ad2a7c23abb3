//! Spans of what comes in: batches, records and requests.

use std::str::FromStr as _;

use aqueduct_message::{Delivery, Envelope, Header};
use opentelemetry::trace::{SpanContext, SpanId, Status, TraceContextExt as _, TraceFlags, TraceId, TraceState};
use opentelemetry::{Context, KeyValue};
use tracing::Span;
use tracing_opentelemetry::OpenTelemetrySpanExt as _;

use super::is_active;
use super::place::{Place, partition};
use crate::consume::{Outcome, current};
use crate::observe::TraceContext;

/// The context as OpenTelemetry has it, from elsewhere.
pub(super) fn remote(context: &TraceContext) -> SpanContext {
    let (trace, parent, flags) = context.parts();
    let state = context.tracestate().and_then(|state| TraceState::from_str(state).ok()).unwrap_or_default();
    SpanContext::new(TraceId::from(trace), SpanId::from(parent), TraceFlags::new(flags), true, state)
}

/// The context of a span, where the process's layer sees it.
pub(crate) fn context_of(span: &Span) -> Option<TraceContext> {
    if !is_active() {
        return None;
    }
    let context = span.context();
    let context = context.span().span_context().clone();
    let state = Some(context.trace_state().header()).filter(|state| !state.is_empty());
    let (trace, parent) =
        (u128::from_be_bytes(context.trace_id().to_bytes()), u64::from_be_bytes(context.span_id().to_bytes()));
    context.is_valid().then(|| TraceContext::from_parts(trace, parent, context.trace_flags().to_u8(), state))
}

/// The context of the span at work.
pub(crate) fn here() -> Option<TraceContext> {
    context_of(&Span::current())
}

/// Who made a record's message, as far as can be told before it is handled.
fn producer(header: Option<&Header>, delivery: &Delivery<'_>) -> Option<TraceContext> {
    header.and_then(TraceContext::of).or_else(|| TraceContext::from_xray(delivery.trace.as_deref()?))
}

fn header_of(delivery: &Delivery<'_>) -> Option<Header> {
    Envelope::read(delivery).ok().map(|envelope| envelope.header)
}

fn set_all(span: &Span, attributes: impl IntoIterator<Item = KeyValue>) {
    for attribute in attributes {
        span.set_attribute(attribute.key, attribute.value);
    }
}

/// The span of a batch, with links to all who made its messages. It belongs to the trace that Lambda says, or begins one.
pub(crate) fn batch(deliveries: &[Delivery<'_>]) -> Span {
    let Some(first) = deliveries.first().filter(|_| is_active()) else { return Span::none() };
    let place = Place::of(first);
    let span = tracing::info_span!("batch", otel.name = place.span_name("process"), otel.kind = "consumer");
    if let Some(trace) = current::trace() {
        let _ = span.set_parent(Context::new().with_remote_span_context(remote(&trace)));
    }
    set_all(&span, place.attributes("process"));
    let count = i64::try_from(deliveries.len()).unwrap_or(i64::MAX);
    set_all(&span, [KeyValue::new("messaging.batch.message_count", count), KeyValue::new("faas.trigger", "pubsub")]);
    for delivery in deliveries {
        if let Some(producer) = producer(header_of(delivery).as_ref(), delivery) {
            span.add_link(remote(&producer));
        }
    }
    span
}

/// Completes the span of a record before it is entered. It goes on with the trace of its message, linked to who made it and to
/// the batch; a message without a trace is part of the batch's.
pub(crate) fn record(span: &Span, delivery: &Delivery<'_>) {
    if !is_active() {
        return;
    }
    let place = Place::of(delivery);
    span.record("otel.name", place.span_name("process"));
    span.record("otel.kind", "consumer");
    if let Some(producer) = producer(header_of(delivery).as_ref(), delivery) {
        let batch = Span::current().context().span().span_context().clone();
        let producer = remote(&producer);
        let _ = span.set_parent(Context::new().with_remote_span_context(producer.clone()));
        span.add_link(producer);
        span.add_link(batch);
    }
    set_all(span, place.attributes("process"));
    let bytes = i64::try_from(delivery.body.len()).unwrap_or(i64::MAX);
    span.set_attribute("messaging.message.id", delivery.id.clone().into_owned());
    span.set_attribute("messaging.message.body.size", bytes);
    span.set_attribute("aqueduct.receive_count", i64::from(delivery.receive_count));
    if let Some((_, partition)) = partition(delivery) {
        span.set_attribute("messaging.destination.partition.id", partition.to_owned());
    }
}

/// Says more of the record at work, once its message is read. A body that lay elsewhere may name a producer only now.
pub(crate) fn described(header: &Header) {
    let Some(here) = here() else { return };
    let span = Span::current();
    span.set_attribute("messaging.message.conversation_id", header.conversation().to_owned());
    span.set_attribute("cloudevents.event_id", header.id.clone());
    span.set_attribute("cloudevents.event_source", header.source.clone());
    if !header.kind.is_empty() {
        span.set_attribute("cloudevents.event_type", header.kind.clone());
    }
    if let Some(producer) = TraceContext::of(header).filter(|producer| producer.trace_id() != here.trace_id()) {
        span.add_link(remote(&producer));
    }
}

/// Says what became of the record at work.
pub(crate) fn ended(outcome: &Outcome, duplicate: bool) {
    if !is_active() {
        return;
    }
    let span = Span::current();
    span.set_attribute("aqueduct.outcome", outcome.name());
    if duplicate {
        span.set_attribute("aqueduct.duplicate", true);
    }
    if let Some(reason) = outcome.reason() {
        span.set_attribute("error.type", reason.kind.clone().into_owned());
        span.set_status(Status::error(reason.message.clone()));
    }
}

/// The span of an HTTP request, in the trace of who made it.
///
/// Source: <https://opentelemetry.io/docs/specs/semconv/http/http-spans/>
pub(crate) fn request(method: &str, path: &str, caller: Option<&TraceContext>) -> Span {
    if !is_active() {
        return Span::none();
    }
    let span = tracing::info_span!("request", otel.name = method, otel.kind = "server");
    if let Some(caller) = caller {
        let _ = span.set_parent(Context::new().with_remote_span_context(remote(caller)));
    }
    span.set_attribute("http.request.method", method.to_owned());
    span.set_attribute("url.path", path.to_owned());
    span.set_attribute("faas.trigger", "http");
    span
}

/// Says how a request was answered.
pub(crate) fn answered(span: &Span, status: u16) {
    if !is_active() {
        return;
    }
    span.set_attribute("http.response.status_code", i64::from(status));
    if status >= 500 {
        span.set_attribute("error.type", status.to_string());
        span.set_status(Status::error(""));
    }
}
