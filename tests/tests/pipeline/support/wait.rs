//! Waiting for conditions.

use std::time::Duration;

/// How long anything may take. It ends a test that would hang, and is far above what anything needs.
const PATIENCE: Duration = Duration::from_secs(90);

/// How often a condition is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Looks until `look` answers something, and answers it; `what` says what was waited for in vain.
pub(crate) async fn eventually<T>(what: &str, mut look: impl AsyncFnMut() -> Option<T>) -> T {
    let waiting = async {
        loop {
            if let Some(found) = look().await {
                return found;
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("in vain waited for: {what}"))
}
