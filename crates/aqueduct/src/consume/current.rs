//! The record at work, for what its handler calls without handing it on.

use std::cell::Cell;

tokio::task_local! {
    static CURRENT: Current;
}

/// What is noted of a record while it is handled.
#[derive(Debug, Default)]
struct Current {
    duplicate: Cell<bool>,
}

/// What was noted of a record that has been handled.
#[derive(Clone, Copy, Debug)]
pub(super) struct Noted {
    /// Whether its effect had been there before.
    pub(super) duplicate: bool,
}

/// Handles a record, and answers with what was noted of it meanwhile.
pub(super) async fn noting<T>(handling: impl Future<Output = T>) -> (T, Noted) {
    let noted = || CURRENT.with(|current| Noted { duplicate: current.duplicate.get() });
    CURRENT.scope(Current::default(), async { (handling.await, noted()) }).await
}

/// Notes that the record at work is a duplicate: its effect had been there before. Outside of a record nothing happens.
#[allow(dead_code, reason = "idempotency calls it where it finds what an earlier delivery left")]
pub(crate) fn mark_duplicate() {
    let _ = CURRENT.try_with(|current| current.duplicate.set(true));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_record_is_a_duplicate_where_it_was_marked() {
        mark_duplicate();
        let (first, second) = tokio::join!(noting(async { mark_duplicate() }), noting(tokio::task::yield_now()));
        assert!(first.1.duplicate && !second.1.duplicate);
    }
}
