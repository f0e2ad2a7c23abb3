//! Keeping statuses true when messages fail.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aqueduct_message::Header;
use futures_util::future::{BoxFuture, FutureExt as _};

use super::{StatusError, Statuses, Step};
use crate::consume::{Untold, Watch};

/// Marks a request as delayed when its message is retried, and takes a last step when its message is rejected. The
/// request is the message's subject.
///
/// The last step only [halts](Step::halts) the request, since the message may be moved back from its dead-letter queue. While it
/// cannot be written, the message stays on its queue.
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
                let delayed = self.statuses.delay(subject, &self.delayed, wait).await;
                delayed.unwrap_or_else(|error| log_failure(&error));
            }
        }
        .boxed()
    }

    fn rejected<'a>(&'a self, header: &'a Header, reason: &'a str) -> BoxFuture<'a, Result<(), Untold>> {
        async move {
            let Some(subject) = &header.subject else { return Ok(()) };
            let halt = Step { halts: true, ..(self.rejected)(reason) };
            let Err(error) = self.statuses.advance(subject, halt).await else { return Ok(()) };
            log_failure(&error);
            if error.missing { Ok(()) } else { Err(Untold(error.to_string())) }
        }
        .boxed()
    }
}

fn log_failure(error: &StatusError) {
    tracing::warn!(%error, "the status does not show what happened to this message");
}

impl fmt::Debug for StatusWatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("StatusWatch").field("statuses", &self.statuses).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use futures_util::future::ready;
    use jiff::Timestamp;

    use super::*;
    use crate::status::{MemoryStatuses, Opened, State, Status, cases};

    /// Statuses whose table is away.
    #[derive(Debug)]
    struct Away;

    fn away<T: Send + 'static>() -> BoxFuture<'static, Result<T, StatusError>> {
        let (id, reason) = ("s-1".to_owned(), "the table is away".to_owned());
        ready(Err(StatusError { id, what: "changed", reason, missing: false })).boxed()
    }

    impl Statuses for Away {
        fn open(&self, _: Status) -> BoxFuture<'_, Result<Opened, StatusError>> {
            away()
        }
        fn sent<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<(), StatusError>> {
            away()
        }
        fn advance<'a>(&'a self, _: &'a str, _: Step) -> BoxFuture<'a, Result<(), StatusError>> {
            away()
        }
        fn delay<'a>(&'a self, _: &'a str, _: &'a str, _: Option<Duration>) -> BoxFuture<'a, Result<(), StatusError>> {
            away()
        }
        fn notify<'a>(&'a self, _: &'a str, _: &'a str) -> BoxFuture<'a, Result<(), StatusError>> {
            away()
        }
        fn find<'a>(&'a self, _: &'a str) -> BoxFuture<'a, Result<Option<Status>, StatusError>> {
            away()
        }
        fn of_owner<'a>(&'a self, _: &'a str, _: u32) -> BoxFuture<'a, Result<Vec<Status>, StatusError>> {
            away()
        }
        fn waiting_since(&self, _: Timestamp, _: u32) -> BoxFuture<'_, Result<Vec<Status>, StatusError>> {
            away()
        }
    }

    fn watch(statuses: Arc<dyn Statuses>) -> Arc<StatusWatch> {
        StatusWatch::new(statuses, "It is late.", |_| cases::step("rejected", 9, State::Failed))
    }

    fn header(subject: Option<&str>) -> Header {
        Header { subject: subject.map(str::to_owned), ..Header::new("m-1", "Work", "test") }
    }

    #[tokio::test]
    async fn a_rejection_that_cannot_be_written_is_not_taken_note_of() {
        let untold = watch(Arc::new(Away)).rejected(&header(Some("s-1")), "never").await.unwrap_err();
        assert_eq!(untold.to_string(), "the status s-1 could not be changed: the table is away");
    }

    #[tokio::test]
    async fn a_rejection_halts_its_request_and_one_without_a_status_is_nobodys() {
        let statuses = Arc::new(MemoryStatuses::default());
        let received = cases::step("received", 0, State::InProgress);
        statuses.open(Status::new("s-1", "ada", &received, Timestamp::UNIX_EPOCH)).await.unwrap();
        let watch = watch(statuses.clone());
        for subject in [Some("s-1"), Some("s-2"), None] {
            assert_eq!(watch.rejected(&header(subject), "never").await, Ok(()), "{subject:?}");
        }
        let status = statuses.find("s-1").await.unwrap().unwrap();
        assert_eq!((status.step.as_str(), status.halted), ("rejected", true));
    }
}
