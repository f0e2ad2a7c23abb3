//! The wall clock, by which an endpoint lives.

use std::time::{SystemTime, UNIX_EPOCH};

use aqueduct_services::Timestamp;

/// What time it is.
#[expect(clippy::disallowed_methods, reason = "an endpoint elsewhere lives by the wall clock")]
pub(super) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_millis(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
