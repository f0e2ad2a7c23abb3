//! A running cloud and its functions, as the command and the tests hold it.

use std::collections::BTreeMap;
use std::time::Duration;

use aqueduct_services::cloud::QueueCensus;
use aqueduct_stores::DynamoDb;
use thiserror::Error;
use tokio::sync::{broadcast, watch};
use tokio::task::{JoinHandle, JoinSet};

use crate::data::{Hold, Repairs};
use crate::driver::{Gone, Handle, StoreFailed};
use crate::remote::Watch;
use crate::{Event, Signal};

/// The pause between looks at queues elsewhere.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// How often items whose time to live is over are deleted.
const SWEEP_EVERY: Duration = Duration::from_mins(1);

/// A template that runs on this machine until [`Local::shutdown`], or until it is dropped.
#[derive(Debug)]
pub struct Local {
    pub(crate) endpoint: String,
    pub(crate) function_urls: BTreeMap<String, String>,
    /// Physical names of functions by logical id.
    pub(crate) names: BTreeMap<String, String>,
    pub(crate) driver: Handle,
    pub(crate) driving: JoinHandle<()>,
    /// Why the driver stopped, if that is the store's doing.
    pub(crate) failure: watch::Receiver<Option<StoreFailed>>,
    pub(crate) servers: JoinSet<()>,
    pub(crate) events: broadcast::Sender<Event>,
    /// Counts messages elsewhere, when the queues are there.
    pub(crate) watch: Option<Watch>,
    pub(crate) repairs: Repairs,
    /// Dropped last, when nothing uses the data any more.
    pub(crate) _hold: Option<Hold>,
}

/// The run was shut down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the local run was shut down")]
pub struct Stopped;

/// No function has this name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the topology has no function {0}; use its logical id or its physical name")]
pub struct UnknownFunction(pub String);

impl From<Gone> for Stopped {
    fn from(Gone: Gone) -> Self {
        Self
    }
}

impl Local {
    /// Lets items whose time to live is over go, again and again.
    pub(crate) fn sweep(&mut self, dynamodb: DynamoDb) {
        self.servers.spawn(async move {
            loop {
                tokio::time::sleep(SWEEP_EVERY).await;
                dynamodb.sweep();
            }
        });
    }

    /// The URL for `AWS_ENDPOINT_URL`.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The URL of a function by its logical id, with a slash at the end.
    pub fn function_url(&self, id: &str) -> Option<&str> {
        self.function_urls.get(id).map(String::as_str)
    }

    /// What happens from now on. A watcher that falls behind by more than [`crate::Options::events_kept`] misses events.
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// What was damaged in the data and is lost.
    pub const fn repairs(&self) -> &Repairs {
        &self.repairs
    }

    /// Waits until the store of the data fails, after which every call is refused.
    pub async fn store_failed(&self) -> StoreFailed {
        let mut failure = self.failure.clone();
        if let Ok(failed) = failure.wait_for(Option::is_some).await
            && let Some(failed) = &*failed
        {
            return failed.clone();
        }
        // It was shut down.
        std::future::pending().await
    }

    /// Waits until nothing waits, runs or is to be tried again.
    ///
    /// With queues elsewhere, it waits until no function runs and the queues that functions read are empty, at two looks
    /// in a row: what that cloud still carries from a topic or bus to a queue is in no queue.
    pub async fn idle(&self) -> Result<(), Stopped> {
        let mut empty_looks = 0;
        loop {
            self.driver.idle().await?;
            let Some(watch) = &self.watch else { return Ok(()) };
            empty_looks = if watch.is_idle().await { empty_looks + 1 } else { 0 };
            if empty_looks == 2 {
                return Ok(());
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Makes every invocation of a function fail, those under way too, as if its process crashed at its start.
    pub fn stop_function(&self, function: &str) -> Result<(), UnknownFunction> {
        self.set_stopped(function, true)
    }

    /// Ends what [`Self::stop_function`] began.
    pub fn start_function(&self, function: &str) -> Result<(), UnknownFunction> {
        self.set_stopped(function, false)
    }

    fn set_stopped(&self, function: &str, stopped: bool) -> Result<(), UnknownFunction> {
        match self.driver.set_stopped(self.name_of(function), stopped) {
            Ok(true) => Ok(()),
            Ok(false) | Err(Gone) => Err(UnknownFunction(function.to_owned())),
        }
    }

    /// Sends a signal to every process of a function; answers how many there are.
    pub fn signal(&self, function: &str, signal: Signal) -> Result<usize, Stopped> {
        Ok(self.driver.signal(self.name_of(function), signal)?)
    }

    /// How many messages each queue holds, by its name; empty when the endpoint elsewhere that has the queues is away.
    pub async fn census(&self) -> Result<BTreeMap<String, QueueCensus>, Stopped> {
        let census = match &self.watch {
            Some(watch) => watch.census().await.unwrap_or_default(),
            None => self.driver.census()?,
        };
        Ok(census.into_iter().map(|count| (count.queue.name().to_owned(), count)).collect())
    }

    fn name_of<'a>(&'a self, function: &'a str) -> &'a str {
        self.names.get(function).map_or(function, String::as_str)
    }

    /// Ends every process and closes every socket.
    pub async fn shutdown(mut self) {
        self.servers.shutdown().await;
        self.driver.shutdown().await;
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        self.driving.abort();
        self.driver.abandon();
    }
}
