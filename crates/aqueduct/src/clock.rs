//! Time and identifiers, injected so that tests and simulations own them.

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

tokio::task_local! {
    /// What tells the time in the system's place.
    static STAND_IN: Clock;
}

/// Tells the time and makes identifiers. The system's own is the default everywhere.
#[derive(Clone)]
pub struct Clock {
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    id: Arc<dyn Fn() -> String + Send + Sync>,
}

impl Clock {
    /// The system's clock, and version 7 UUIDs as identifiers; where a clock [stands in](Self::stand_in) for it, that one.
    #[expect(clippy::disallowed_methods, reason = "the one place where the toolkit meets the system's clock")]
    pub fn system() -> Self {
        if let Ok(stand_in) = STAND_IN.try_with(Clone::clone) {
            return stand_in;
        }
        Self { now: Arc::new(Timestamp::now), id: Arc::new(|| uuid::Uuid::now_v7().to_string()) }
    }

    /// A clock made of two functions.
    pub fn new(
        now: impl Fn() -> Timestamp + Send + Sync + 'static,
        id: impl Fn() -> String + Send + Sync + 'static,
    ) -> Self {
        Self { now: Arc::new(now), id: Arc::new(id) }
    }

    /// Stands in for [`Clock::system`] while `during` runs, and so in everything that is made there with the default clock:
    /// code that asks for the system's clock runs unchanged in virtual time.
    pub fn stand_in<T>(&self, during: impl FnOnce() -> T) -> T {
        STAND_IN.sync_scope(self.clone(), during)
    }

    /// Stands in for [`Clock::system`] in `future`, but not in tasks that it spawns.
    pub fn stand_in_for<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        STAND_IN.scope(self.clone(), future)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_stands_in_for_the_system_s_where_it_is_asked_to() {
        let virtual_clock = Clock::new(|| Timestamp::UNIX_EPOCH, || "id".to_owned());
        let made = virtual_clock.stand_in(Clock::system);
        assert_eq!((made.now(), made.id()), (Timestamp::UNIX_EPOCH, "id".to_owned()));
        assert_ne!(Clock::system().now(), Timestamp::UNIX_EPOCH);
    }
}
