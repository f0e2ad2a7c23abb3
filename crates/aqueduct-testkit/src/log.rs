//! What happened in a run, and when.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use aqueduct_services::Timestamp;

/// Tells what time it is in a run, once its world has been made.
#[derive(Clone, Default)]
pub(crate) struct Timepiece(Arc<OnceLock<Box<dyn Fn() -> Timestamp + Send + Sync>>>);

impl Timepiece {
    /// Lets `now` tell the time. The first to do so counts.
    #[cfg_attr(not(feature = "handlers"), allow(dead_code, reason = "worlds that step tell the time after each step"))]
    pub(crate) fn set(&self, now: impl Fn() -> Timestamp + Send + Sync + 'static) {
        let _ = self.0.set(Box::new(now));
    }

    fn now(&self) -> Option<Timestamp> {
        self.0.get().map(|now| now())
    }
}

impl fmt::Debug for Timepiece {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Timepiece")
    }
}

/// Things in the order in which they happened, each with its time, if that is known yet.
#[derive(Debug)]
pub(crate) struct Log<T> {
    lines: Mutex<Vec<(Option<Timestamp>, T)>>,
    time: Timepiece,
}

impl<T> Default for Log<T> {
    fn default() -> Self {
        Self::new(Timepiece::default())
    }
}

impl<T> Log<T> {
    pub(crate) const fn new(time: Timepiece) -> Self {
        Self { lines: Mutex::new(Vec::new()), time }
    }

    pub(crate) const fn time(&self) -> &Timepiece {
        &self.time
    }

    pub(crate) fn push(&self, line: T) {
        let now = self.time.now();
        self.lines().push((now, line));
    }

    /// Says when the latest lines came whose time was not known.
    pub(crate) fn stamp(&self, now: Timestamp) {
        for (at, _) in self.lines().iter_mut().rev().take_while(|(at, _)| at.is_none()) {
            *at = Some(now);
        }
    }

    /// Does something with all lines.
    pub(crate) fn read<R>(&self, read: impl FnOnce(&[(Option<Timestamp>, T)]) -> R) -> R {
        read(&self.lines())
    }

    fn lines(&self) -> MutexGuard<'_, Vec<(Option<Timestamp>, T)>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
