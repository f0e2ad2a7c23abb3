//! Watching what becomes of messages, such as for the status that a user reads.

use std::fmt;
use std::time::Duration;

use aqueduct_message::Header;
use futures_util::future::{BoxFuture, FutureExt as _, ready};

use super::Tally;

/// Is told when a message fails. It cannot change the outcome, and its own failures are its own to log.
pub trait Watch: fmt::Debug + Send + Sync {
    /// The message will be tried again.
    fn retried<'a>(&'a self, header: &'a Header, reason: &'a str, wait: Option<Duration>) -> BoxFuture<'a, ()>;

    /// The message will not be tried again.
    fn rejected<'a>(&'a self, header: &'a Header, reason: &'a str) -> BoxFuture<'a, ()>;

    /// An invocation is over.
    fn finished<'a>(&'a self, _tally: &'a Tally) -> BoxFuture<'a, ()> {
        ready(()).boxed()
    }
}
