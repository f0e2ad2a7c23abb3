//! The deadline of the record at work, for what its handler calls without handing it on.

use std::time::Duration;

use tokio::time::Instant;

tokio::task_local! {
    static DEADLINE: Instant;
}

/// Handles a record whose deadline this is.
pub(crate) async fn within<T>(deadline: Instant, handling: impl Future<Output = T>) -> T {
    DEADLINE.scope(deadline, handling).await
}

/// How much time the record at work has. `None` outside of a record, in a task of its own, and where no deadline is known.
pub(crate) fn remaining() -> Option<Duration> {
    DEADLINE.try_with(|deadline| deadline.saturating_duration_since(Instant::now())).ok()
}
