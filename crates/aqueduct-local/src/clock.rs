//! The one clock of a local run.

use aqueduct_services::Timestamp;
use tokio::time::Instant;

/// Wall-clock time that never runs backwards: the wall is read once, then a monotonic clock counts on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    started_at: Timestamp,
    started: Instant,
}

impl Clock {
    /// A clock that shows the present time.
    pub(crate) fn start() -> Self {
        #[expect(clippy::disallowed_methods, reason = "the single place where a local run reads the wall clock")]
        let wall = std::time::SystemTime::now();
        let since_epoch = wall.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        let millis = u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX);
        Self { started_at: Timestamp::from_millis(millis), started: Instant::now() }
    }

    /// What time it is.
    pub(crate) fn now(&self) -> Timestamp {
        self.started_at + self.started.elapsed()
    }

    /// When it will be `at`; at once for a time that is past.
    pub(crate) fn instant(&self, at: Timestamp) -> Instant {
        self.started + at.since(self.started_at)
    }
}
