//! The way to the core: calls are made where they come in, without a hop to another task.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use aqueduct_services::cloud::{QueueCensus, Request};
use aqueduct_services::{CallId, Timestamp};
use rustix::process::Signal;
use tokio::sync::Notify;

use super::Delivered;
use super::core::{Core, Reply};

/// The way to the core, for as many as like.
#[derive(Clone)]
pub(crate) struct Handle {
    shared: Arc<Shared>,
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Handle").finish_non_exhaustive()
    }
}

struct Shared {
    /// None after the shutdown.
    core: Mutex<Option<Core>>,
    next_call: AtomicU64,
    /// Tells the driver that its plan no longer holds.
    nudge: Notify,
}

/// The core is gone, as it is after a shutdown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Gone;

impl Handle {
    /// The way to `core`.
    pub(super) fn new(core: Core) -> Self {
        let (core, next_call) = (Mutex::new(Some(core)), AtomicU64::new(1));
        Self { shared: Arc::new(Shared { core, next_call, nudge: Notify::new() }) }
    }

    /// Makes an API call; dropping the future hangs up.
    pub(crate) async fn call(&self, request: Request) -> Result<Delivered, Gone> {
        let call = CallId(self.shared.next_call.fetch_add(1, Ordering::Relaxed));
        let answer = match self.with(|core| core.call(call, request))? {
            Reply::Now(answer) => return Ok(Delivered::Whole(answer)),
            Reply::Later(answer) => answer,
        };
        let hang_up = HangUp { call, handle: self, answered: false };
        let answer = answer.await.map_err(|_| Gone);
        hang_up.answered();
        answer
    }

    /// Waits until the cloud is idle.
    pub(crate) async fn idle(&self) -> Result<(), Gone> {
        self.with(Core::idle)?.await.map_err(|_| Gone)
    }

    /// How many messages each queue holds.
    pub(crate) fn census(&self) -> Result<Vec<QueueCensus>, Gone> {
        self.with(Core::census)
    }

    /// Stops a function or starts it again; false for an unknown name.
    pub(crate) fn set_stopped(&self, function: &str, stopped: bool) -> Result<bool, Gone> {
        self.with(|core| core.set_stopped(function, stopped))
    }

    /// Sends a signal to the processes of a function; how many there are.
    pub(crate) fn signal(&self, function: &str, signal: Signal) -> Result<usize, Gone> {
        self.with(|core| core.signal(function, signal))
    }

    /// Ends every process, and the driver.
    pub(crate) async fn shutdown(&self) {
        if let Some(core) = self.take() {
            core.shutdown().await;
        }
    }

    /// Drops the core, whose processes are killed.
    pub(crate) fn abandon(&self) {
        drop(self.take());
    }

    /// Does something with the core. What it sets in motion may be due before the driver would look.
    pub(super) fn with<T>(&self, act: impl FnOnce(&mut Core) -> T) -> Result<T, Gone> {
        let mut guard = self.shared.core.lock().map_err(|_poisoned| Gone)?;
        let core = guard.as_mut().ok_or(Gone)?;
        let outcome = act(core);
        if core.wakes_before_planned() {
            self.shared.nudge.notify_one();
        }
        Ok(outcome)
    }

    /// When the driver is to look at the cloud next.
    pub(super) fn plan(&self) -> Result<Option<Timestamp>, Gone> {
        let mut guard = self.shared.core.lock().map_err(|_poisoned| Gone)?;
        Ok(guard.as_mut().ok_or(Gone)?.plan())
    }

    /// Waits until the plan no longer holds.
    pub(super) async fn nudged(&self) {
        self.shared.nudge.notified().await;
    }

    fn take(&self) -> Option<Core> {
        let core = self.shared.core.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.shared.nudge.notify_one();
        core
    }
}

/// Tells the cloud about a caller that does not wait any longer.
struct HangUp<'a> {
    call: CallId,
    handle: &'a Handle,
    answered: bool,
}

impl HangUp<'_> {
    fn answered(mut self) {
        self.answered = true;
    }
}

impl Drop for HangUp<'_> {
    fn drop(&mut self) {
        if !self.answered {
            let _ = self.handle.with(|core| core.forget(self.call));
        }
    }
}
