//! Virtual time: that of a paused Tokio runtime, which jumps to the next timer whenever nothing else is to be done.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aqueduct::Clock;
use aqueduct_services::{Ids, Timestamp};
use aws_smithy_async::time::TimeSource;
use tokio::runtime::Handle;
use tokio::time::Instant;

use crate::template::START;

/// Tells the time of a paused runtime, wherever it is asked from.
#[derive(Clone, Debug)]
pub(crate) struct VirtualClock {
    runtime: Handle,
    started: Instant,
}

impl VirtualClock {
    /// A clock that shows [`START`].
    pub(crate) fn start(runtime: &Handle) -> Self {
        let _inside = runtime.enter();
        Self { runtime: runtime.clone(), started: Instant::now() }
    }

    /// What time it is.
    pub(crate) fn now(&self) -> Timestamp {
        START + self.elapsed()
    }

    /// How long it is since the start.
    pub(crate) fn elapsed(&self) -> Duration {
        let _inside = self.runtime.enter();
        self.started.elapsed()
    }

    /// When it will be `at`; at once for a time that is past.
    pub(crate) fn instant(&self, at: Timestamp) -> Instant {
        self.started + at.since(START)
    }

    /// The clock for handlers, with identifiers from `seed`.
    pub(crate) fn for_handlers(&self, seed: u64) -> Clock {
        let (now, ids) = (self.clone(), Arc::new(Mutex::new(Ids::new(seed))));
        let now = move || {
            let millis = i64::try_from(now.now().as_millis()).unwrap_or(i64::MAX);
            jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::MAX)
        };
        Clock::new(now, move || ids.lock().unwrap_or_else(PoisonError::into_inner).uuid())
    }
}

impl TimeSource for VirtualClock {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.now().as_millis())
    }
}
