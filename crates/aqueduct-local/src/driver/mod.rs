//! What drives the cloud by the wall clock: calls come through a [`Handle`], everything else through the [`Driver`].

mod core;
mod handle;

use aqueduct_services::cloud::Response;
use aqueduct_services::{ApiError, Timestamp};
use tokio::sync::mpsc;

pub(crate) use self::core::Core;
pub(crate) use self::handle::{Gone, Handle};
use crate::clock::Clock;
use crate::fleet::Report;
use crate::post;
use crate::remote::Arrival;

/// An API call's answer.
type Answer = Result<Response, ApiError>;

/// Wakes the cloud when it wants to be woken, and brings it what processes, HTTP endpoints and queues elsewhere say.
pub(crate) struct Driver {
    handle: Handle,
    clock: Clock,
    reports: mpsc::UnboundedReceiver<Report>,
    posted: mpsc::UnboundedReceiver<post::Report>,
    arrivals: Option<mpsc::UnboundedReceiver<Arrival>>,
}

impl Driver {
    /// A driver of `core` and the way to it.
    pub(crate) fn new(
        core: Core,
        clock: Clock,
        reports: mpsc::UnboundedReceiver<Report>,
        posted: mpsc::UnboundedReceiver<post::Report>,
        arrivals: Option<mpsc::UnboundedReceiver<Arrival>>,
    ) -> (Self, Handle) {
        let handle = Handle::new(core);
        (Self { handle: handle.clone(), clock, reports, posted, arrivals }, handle)
    }

    /// Runs until the core is gone.
    pub(crate) async fn run(mut self) {
        // What was set up has effects of its own.
        let mut outcome = self.handle.with(|core| drop(core.settle(None)));
        while outcome.is_ok() {
            let Ok(wake) = self.handle.plan() else { return };
            outcome = tokio::select! {
                () = self.handle.nudged() => Ok(()),
                Some(report) = self.reports.recv() => self.handle.with(|core| core.report(report)),
                Some(report) = self.posted.recv() => self.handle.with(|core| core.posted(report)),
                arrival = arrival(self.arrivals.as_mut()) => self.handle.with(|core| core.arrive(arrival)),
                () = until(self.clock, wake) => self.handle.with(Core::tick),
            };
        }
    }
}

async fn arrival(arrivals: Option<&mut mpsc::UnboundedReceiver<Arrival>>) -> Arrival {
    if let Some(arrivals) = arrivals
        && let Some(arrival) = arrivals.recv().await
    {
        return arrival;
    }
    std::future::pending().await
}

async fn until(clock: Clock, wake: Option<Timestamp>) {
    match wake {
        Some(at) => tokio::time::sleep_until(clock.instant(at)).await,
        None => std::future::pending().await,
    }
}
