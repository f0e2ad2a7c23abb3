//! Consuming: a handler behind any trigger.
//!
//! What a handler says, and what each trigger makes of it:
//!
//! | outcome | SQS | SQS FIFO | Kinesis, DynamoDB, Kafka | SNS, EventBridge, destination, direct |
//! |---|---|---|---|---|
//! | [`Done`](Outcome::Done) | deleted | deleted, and its group goes on | the stream goes on | the invocation succeeds |
//! | [`Retry`](Outcome::Retry) | reported; held back for `after` or the [`Backoff`] | the same, with its group behind it | reported, and Lambda goes back to it; `after` is Lambda's to say | the invocation fails; Lambda invokes again after 1 and 2 minutes, `after` is not for us to say; who invoked directly and waits is told |
//! | `Retry` at the queue's last receive | rejected, with the failure as its reason | the same | as any other: attempts are the mapping's to count | as any other: attempts are Lambda's to count |
//! | [`Postpone`](Outcome::Postpone) | a copy takes its place, its receives counted anew | held back, which counts as a receive | as `Retry` | as `Retry` |
//! | [`Reject`](Outcome::Reject) | sent to the dead-letter queue with the reason, then deleted once the [`Watch`] knows | the same, and its group goes on | sent there, and the shard goes on | sent there, and the invocation succeeds |
//! | `Reject` without a [`Redelivery`], or when that fails | reported; `maxReceiveCount` ends it | the same, with its group behind it | reported; the mapping's retries and its on-failure destination end it | the invocation fails; its retries and its on-failure destination or dead-letter queue end it |
//! | a panic, or the deadline in the middle | as `Retry` | as `Retry` | as `Retry` | as `Retry` |
//! | not begun before the deadline | reported, and visible again at once | the same | reported | the invocation fails |
//! | behind one that failed | handled: it stands alone | reported, held back as long as the first of its group | not begun, and not reported: Lambda goes back to the first of its shard or partition | there is no other |
//!
//! A FIFO group goes on behind a message that is given up, whether rejected or moved by SQS: with a dead-letter queue, the order of a
//! group is that of what was not given up. What must not happen without the message before it asks whether that had its effect, and
//! is rejected otherwise, so that both are moved back in their order.
//!
//! A rejection sends on what came: an SQS body with its attributes, a stream's record or a topic's message as text. Without a
//! [`Redelivery`] that names the dead-letter queue itself, only SQS says where that is, so that elsewhere it fails.
//!
//! Sources: <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>,
//! <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html>,
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html>,
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>

mod attempt;
mod backoff;
mod batch;
mod consumer;
pub(crate) mod current;
mod handler;
mod layer;
mod measure;
mod needs;
mod outcome;
mod redelivery;
mod response;
mod route;
mod settle;
mod tally;
mod unheard;
mod watch;

pub mod layers;

pub use aqueduct_message::{Change, ChangeKind, Form, Layout, Wrapping};
#[cfg(feature = "contract")]
pub(crate) use backoff::HOLD_MAX;
pub use backoff::{Backoff, Jitter};
pub use consumer::{Consumer, FullFailure, Unknown};
pub use handler::{BorrowingHandler, Handler};
pub use layer::{Layer, Next};
#[cfg(feature = "contract")]
pub(crate) use needs::Remembers;
pub use needs::{Needs, Order};
pub(crate) use outcome::chain;
pub use outcome::{Failure, Outcome, Reason};
pub use redelivery::{Hold, Redelivery, RedeliveryError, Rejection};
pub use response::{Identifier, InvocationFailed, ItemFailure, Response};
pub use tally::Tally;
pub use watch::{Untold, Watch};

#[cfg(test)]
pub(crate) mod tests;
