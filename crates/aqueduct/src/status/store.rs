//! Where statuses are kept.

use std::fmt;
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use thiserror::Error;

use super::{Status, Step};

/// Keeps statuses. [`aws::DynamoDbStatuses`](crate::aws::DynamoDbStatuses) does it in DynamoDB,
/// [`MemoryStatuses`](super::MemoryStatuses) for tests.
///
/// A change that changes nothing, such as a duplicate's, leaves the version as it is; to change a status that was
/// never opened is an error.
pub trait Statuses: fmt::Debug + Send + Sync {
    /// Keeps a new status, unless there is one with its id.
    fn open(&self, status: Status) -> BoxFuture<'_, Result<Opened, StatusError>>;

    /// The request was sent: its status is [unsent](Status::unsent) no more. Nothing that users read changes, nor does the version.
    fn sent<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<(), StatusError>>;

    /// Takes a step. A step of a lower rank only joins the history, and nothing follows a final step, unless that only
    /// [halts](Step::halts) the request.
    fn advance<'a>(&'a self, id: &'a str, step: Step) -> BoxFuture<'a, Result<(), StatusError>>;

    /// Says that it takes longer than usual, unless it is finished. Where a time is expected, it is not before the end
    /// of `wait`, after which the work is tried again.
    fn delay<'a>(
        &'a self,
        id: &'a str,
        message: &'a str,
        wait: Option<Duration>,
    ) -> BoxFuture<'a, Result<(), StatusError>>;

    /// Keeps what the user was told; the same words once.
    fn notify<'a>(&'a self, id: &'a str, message: &'a str) -> BoxFuture<'a, Result<(), StatusError>>;

    /// The status of a request.
    fn find<'a>(&'a self, id: &'a str) -> BoxFuture<'a, Result<Option<Status>, StatusError>>;

    /// The newest `limit` statuses of an owner, newest first.
    fn of_owner<'a>(&'a self, owner: &'a str, limit: u32) -> BoxFuture<'a, Result<Vec<Status>, StatusError>>;

    /// Statuses in progress that took their last step before `before`, the oldest `limit` of them.
    fn waiting_since(&self, before: Timestamp, limit: u32) -> BoxFuture<'_, Result<Vec<Status>, StatusError>>;
}

/// What became of a new status.
#[derive(Clone, Debug, PartialEq)]
pub enum Opened {
    /// It is kept.
    New,
    /// There was one with its id, and it stays.
    Existing(Box<Status>),
}

/// A status could not be kept or read.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the status {id} could not be {what}: {reason}")]
pub struct StatusError {
    /// The request's id, or whose statuses were asked for.
    pub id: String,
    /// What was tried.
    pub what: &'static str,
    /// What the store said.
    pub reason: String,
    /// Whether there is no such status, so that nobody reads it and trying again does not help.
    pub missing: bool,
}

impl StatusError {
    /// There is no status to change.
    pub(crate) fn none(id: &str) -> Self {
        Self { id: id.to_owned(), what: "changed", reason: "there is none".to_owned(), missing: true }
    }
}
