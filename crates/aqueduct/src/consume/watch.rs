//! Watching what becomes of messages, such as for the status that a user reads.

use std::fmt;
use std::time::Duration;

use aqueduct_message::Header;
use futures_util::future::{BoxFuture, FutureExt as _, ready};
use thiserror::Error;

use super::Tally;

/// Is told when a message fails. It cannot change the outcome.
pub trait Watch: fmt::Debug + Send + Sync {
    /// The message will be tried again. A failure to take note of it is the watch's own to log: the next attempt tells more.
    fn retried<'a>(&'a self, header: &'a Header, reason: &'a str, wait: Option<Duration>) -> BoxFuture<'a, ()>;

    /// The message will not be tried again: its dead-letter queue has it. Nobody speaks of it after this, so that where no
    /// note is taken, the message stays on its queue and this is told again at its next receive, as long as the queue has one.
    fn rejected<'a>(&'a self, header: &'a Header, reason: &'a str) -> BoxFuture<'a, Result<(), Untold>>;

    /// An invocation is over.
    fn finished<'a>(&'a self, _tally: &'a Tally) -> BoxFuture<'a, ()> {
        ready(()).boxed()
    }
}

/// Who watches could not take note of a rejection, and may be able to later.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct Untold(pub String);
