//! From hop to hop: what came in goes out again, one step further.

use aqueduct_message::Header;

use super::TraceContext;
use crate::consume::current;

/// Gives a message that is about to be published its place in a trace: within what its draft was given, else within the
/// record at work, else at the head of a trace of its own.
pub(crate) fn stamp(header: &mut Header) {
    let (given, current) = (TraceContext::of(header), current::trace());
    // What follows from a message has its context. Within the same trace the record at work is nearer.
    let is_elsewhere = |given: &TraceContext| current.as_ref().is_none_or(|here| here.trace_id() != given.trace_id());
    let context = match given.filter(is_elsewhere).or(current) {
        Some(context) => context.child(&header.id),
        None => TraceContext::begin(&header.id),
    };
    context.write_to(header);
}

pub(super) fn current() -> Option<TraceContext> {
    current::trace()
}
