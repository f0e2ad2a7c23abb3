//! From hop to hop: what came in goes out again, one step further.

use aqueduct_message::Header;

use super::TraceContext;
use crate::consume::current;

/// Gives a message that is about to be published its place in a trace: within what its draft was given, else within the
/// record at work, else at the head of a trace of its own.
pub(crate) fn stamp(header: &mut Header) {
    let given = TraceContext::of(header);
    let context = match given.or_else(current::trace) {
        Some(context) => context.child(&header.id),
        None => TraceContext::begin(&header.id),
    };
    context.write_to(header);
}

pub(super) fn current() -> Option<TraceContext> {
    current::trace()
}
