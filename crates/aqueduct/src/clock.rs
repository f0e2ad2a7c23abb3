//! Time and identifiers, injected so that tests and simulations own them.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

/// Tells the time and makes identifiers. The system's own is the default everywhere.
#[derive(Clone)]
pub struct Clock {
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    id: Arc<dyn Fn() -> String + Send + Sync>,
}

impl Clock {
    /// The system's clock, and version 7 UUIDs as identifiers.
    #[expect(clippy::disallowed_methods, reason = "the one place where the toolkit meets the system's clock")]
    pub fn system() -> Self {
        Self { now: Arc::new(Timestamp::now), id: Arc::new(|| uuid::Uuid::now_v7().to_string()) }
    }

    /// A clock made of two functions.
    pub fn new(
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
        id: impl Fn() -> String + Send + Sync + 'static,
    ) -> Self {
        Self { now: Arc::new(now), id: Arc::new(id) }
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        (self.now)()
    }

    /// A new identifier.
    pub fn id(&self) -> String {
        (self.id)()
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Clock")
    }
}
