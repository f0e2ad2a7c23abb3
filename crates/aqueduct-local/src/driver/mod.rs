//! What drives the cloud by the wall clock: calls come through a [`Handle`], everything else through the [`Driver`].

mod core;
mod handle;

use aqueduct_services::cloud::Response;
use aqueduct_services::{ApiError, Timestamp};
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};

pub(crate) use self::core::{Core, Hands};
pub(crate) use self::handle::{Gone, Handle};
use crate::clock::Clock;
use crate::data::Written;
use crate::fleet::{Report, Streamed};
use crate::post;
use crate::remote::Arrival;

/// An API call's answer.
pub(crate) type Answer = Result<Response, ApiError>;

/// What a call comes to.
#[derive(Debug)]
pub(crate) enum Delivered {
    /// Its answer.
    Whole(Answer),
    /// An answer that is still being made. Its end says how that went.
    Streams {
        /// What there is of it.
        streamed: Streamed,
        /// [`Delivered::Whole`], when all of it is there.
        end: oneshot::Receiver<Delivered>,
    },
}

/// The store does not take what is to be kept.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the store of the cloud's data fails: {0}")]
pub struct StoreFailed(String);

/// Wakes the cloud when it wants to be woken, and brings it what processes, HTTP endpoints and queues elsewhere say.
pub(crate) struct Driver {
    handle: Handle,
    clock: Clock,
    hearing: Hearing,
}

/// What a driver hears of, beside calls.
pub(crate) struct Hearing {
    /// From processes.
    pub(crate) reports: mpsc::UnboundedReceiver<Report>,
    /// From HTTP endpoints.
    pub(crate) posted: mpsc::UnboundedReceiver<post::Report>,
    /// From queues elsewhere.
    pub(crate) arrivals: Option<mpsc::UnboundedReceiver<Arrival>>,
    /// From the store.
    pub(crate) written: Option<mpsc::UnboundedReceiver<Written>>,
}

impl Driver {
    /// A driver of `core` and the way to it.
    pub(crate) fn new(core: Core, clock: Clock, hearing: Hearing) -> (Self, Handle) {
        let handle = Handle::new(core);
        (Self { handle: handle.clone(), clock, hearing }, handle)
    }

    /// Runs until the core is gone; gives back why, if that is because the store failed.
    pub(crate) async fn run(mut self) -> Result<(), StoreFailed> {
        // What was set up has effects of its own.
        let mut outcome = self.handle.with(|core| drop(core.settle(None)));
        while outcome.is_ok() {
            let Ok(wake) = self.handle.plan() else { break };
            outcome = tokio::select! {
                biased;
                written = heard(self.hearing.written.as_mut()) => {
                    if let Err(reason) = written {
                        // What is not in the store is not acknowledged, and nothing after it is.
                        self.handle.abandon();
                        return Err(StoreFailed(reason));
                    }
                    self.handle.with(Core::written)
                }
                () = self.handle.nudged() => Ok(()),
                Some(report) = self.hearing.reports.recv() => self.handle.with(|core| core.report(report)),
                Some(report) = self.hearing.posted.recv() => self.handle.with(|core| core.posted(report)),
                arrival = heard(self.hearing.arrivals.as_mut()) => self.handle.with(|core| core.arrive(arrival)),
                () = until(self.clock, wake) => self.handle.with(Core::tick),
            };
        }
        Ok(())
    }
}

async fn heard<T>(channel: Option<&mut mpsc::UnboundedReceiver<T>>) -> T {
    if let Some(channel) = channel
        && let Some(heard) = channel.recv().await
    {
        return heard;
    }
    std::future::pending().await
}

async fn until(clock: Clock, wake: Option<Timestamp>) {
    match wake {
        Some(at) => tokio::time::sleep_until(clock.instant(at)).await,
        None => std::future::pending().await,
    }
}
