//! Keeping statuses true when messages fail.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aqueduct_message::Header;
use futures_util::future::{BoxFuture, FutureExt as _};

use super::{StatusError, Statuses, Step};
use crate::consume::Watch;

/// Marks a request as delayed when its message is retried, and takes a final step when its message is rejected. The
/// request is the message's subject.
pub struct StatusWatch {
    statuses: Arc<dyn Statuses>,
    delayed: String,
    rejected: Box<dyn Fn(&str) -> Step + Send + Sync>,
}

impl StatusWatch {
    /// A watch that explains a delay with the words `delayed`, and takes the step that `rejected` makes of a reason.
    pub fn new(
        statuses: Arc<dyn Statuses>,
        delayed: impl Into<String>,
        rejected: impl Fn(&str) -> Step + Send + Sync + 'static,
    ) -> Arc<Self> {
        Arc::new(Self { statuses, delayed: delayed.into(), rejected: Box::new(rejected) })
    }
}

impl Watch for StatusWatch {
    fn retried<'a>(&'a self, header: &'a Header, _reason: &'a str, wait: Option<Duration>) -> BoxFuture<'a, ()> {
        async move {
            if let Some(subject) = &header.subject {
                log_failure(self.statuses.delay(subject, &self.delayed, wait).await);
            }
        }
        .boxed()
    }

    fn rejected<'a>(&'a self, header: &'a Header, reason: &'a str) -> BoxFuture<'a, ()> {
        async move {
            if let Some(subject) = &header.subject {
                log_failure(self.statuses.advance(subject, (self.rejected)(reason)).await);
            }
        }
        .boxed()
    }
}

fn log_failure(result: Result<(), StatusError>) {
    if let Err(error) = result {
        tracing::warn!(%error, "the status does not show what happened to this message");
    }
}

impl fmt::Debug for StatusWatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("StatusWatch").field("statuses", &self.statuses).finish_non_exhaustive()
    }
}
