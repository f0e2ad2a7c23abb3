//! What a consumer asks of its queue: to hold a message back, to put it back, or to take it out of the way.

use std::fmt;
use std::time::Duration;

use aqueduct_message::{Delivery, Header};
use futures_util::future::{BoxFuture, FutureExt as _, ready};
use jiff::Timestamp;
use thiserror::Error;

use super::Reason;

/// Carries out what a failed delivery asks for. [`aqueduct::aws::SqsRedelivery`](crate::aws::SqsRedelivery) does it on SQS.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not hold messages back or take them out of the way",
    label = "not a `Redelivery`",
    note = "on SQS it is `aqueduct::aws::SqsRedelivery`, which is made of a client and the dead-letter queue's URL"
)]
pub trait Redelivery: fmt::Debug + Send + Sync {
    /// Keeps messages of an SQS batch invisible, each for its time from now, and answers for each in their order.
    fn hold<'a>(&'a self, holds: &'a [Hold<'a>]) -> BoxFuture<'a, Vec<Result<(), RedeliveryError>>>;

    /// Sends the message, unchanged but for attributes that say why, to its dead-letter queue. The consumer reports it as done
    /// only after this succeeded, so that it is never lost between the two.
    fn reject<'a>(&'a self, rejection: &'a Rejection<'a>) -> BoxFuture<'a, Result<(), RedeliveryError>>;

    /// Deletes a message that its dead-letter queue has, once [`Watch::rejected`](super::Watch::rejected) took note of it.
    /// Should this fail, the answer to Lambda deletes it a moment later, which is also all that happens unless said otherwise.
    fn remove<'a>(&'a self, _delivery: &'a Delivery<'a>) -> BoxFuture<'a, ()> {
        ready(()).boxed()
    }

    /// Puts a copy of a message back on its queue, to be received after this time with a receive count of its own, and
    /// then deletes the message. Fails where the queue cannot do so, such as a FIFO queue. Where it cannot delay a message
    /// for so long, the copy comes earlier and [still waits](Redelivery::still_waits).
    fn put_back<'a>(
        &'a self,
        _delivery: &'a Delivery<'a>,
        _after: Duration,
    ) -> BoxFuture<'a, Result<(), RedeliveryError>> {
        let reason = "it cannot be put back here".to_owned();
        ready(Err(RedeliveryError { what: "the message could not be put back", reason })).boxed()
    }

    /// How long a message that was put back has to wait yet. It is put back again, and no layer and no handler sees it.
    fn still_waits(&self, _delivery: &Delivery<'_>) -> Option<Duration> {
        None
    }

    /// The URL of the queue that rejected messages are sent to, for contracts; `None` when each queue's own policy says it.
    fn dead_letter_queue(&self) -> Option<&str> {
        None
    }

    /// After how many receives the queue gives a message up, where that is known.
    fn receives_max<'a>(&'a self, _delivery: &'a Delivery<'a>) -> BoxFuture<'a, Option<u32>> {
        ready(None).boxed()
    }
}

/// A message to be held back.
#[derive(Clone, Copy, Debug)]
pub struct Hold<'a> {
    /// The message.
    pub delivery: &'a Delivery<'a>,
    /// How long from now.
    pub wait: Duration,
}

/// A message to be taken out of the way.
#[derive(Clone, Copy, Debug)]
pub struct Rejection<'a> {
    /// The message.
    pub delivery: &'a Delivery<'a>,
    /// Its header, where it could be read.
    pub header: Option<&'a Header>,
    /// Why.
    pub reason: &'a Reason,
    /// Who could not handle it: the consumer's name.
    pub handler: &'a str,
    /// When it failed for the last time.
    pub at: Timestamp,
}

/// The queue did not do what it was asked.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{what}: {reason}")]
pub struct RedeliveryError {
    /// What was asked.
    pub what: &'static str,
    /// What the queue said.
    pub reason: String,
}
