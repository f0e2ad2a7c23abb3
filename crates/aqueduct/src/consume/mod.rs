//! Consuming: a handler behind any trigger.
//!
//! What a handler says, and what each trigger makes of it:
//!
//! | outcome | SQS | Kinesis, DynamoDB, Kafka | SNS, EventBridge, destination, direct |
//! |---|---|---|---|
//! | [`Done`](Outcome::Done) | deleted | the stream goes on | the invocation succeeds |
//! | [`Retry`](Outcome::Retry) | reported; held back for `after` or the [`Backoff`]; at the last receive rejected | reported, and the shard goes back to it; `after` is Lambda's to say | the invocation fails; Lambda invokes again after 1 and 2 minutes, `after` is not for us to say |
//! | [`Postpone`](Outcome::Postpone) | a copy takes its place, its receives counted anew; on a FIFO queue held back | as `Retry` | as `Retry` |
//! | [`Reject`](Outcome::Reject) | sent to the dead-letter queue with the reason, then deleted | the same, and the shard goes on | the same, and the invocation succeeds |
//! | `Reject` without a [`Redelivery`] | reported; `maxReceiveCount` ends it | reported; the mapping's retries and its on-failure destination end it | the invocation fails; its retries and its on-failure destination or dead-letter queue end it |
//! | panic, timeout | as `Retry` | as `Retry` | as `Retry` |
//! | the deadline | reported, at once visible again when it was not begun | reported | the invocation fails |
//! | behind a failed one in its FIFO group, shard or partition | reported, held back as long as that one | not begun, and Lambda goes back to that one | |
//!
//! Sources: <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>,
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html>,
//! <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>

mod attempt;
mod backoff;
mod batch;
mod consumer;
pub(crate) mod deadline;
mod handler;
mod layer;
mod outcome;
mod redelivery;
mod response;
mod settle;
mod tally;
mod watch;

pub mod layers;

pub use aqueduct_message::{Change, ChangeKind, Form, Layout, Wrapping};
pub use backoff::{Backoff, Jitter};
pub use consumer::{Consumer, FullFailure, Unknown};
pub use handler::Handler;
pub use layer::{Layer, Next};
pub(crate) use outcome::chain;
pub use outcome::{Failure, Outcome, Reason};
pub use redelivery::{Hold, Redelivery, RedeliveryError, Rejection};
pub use response::{Identifier, InvocationFailed, ItemFailure, Response};
pub use tally::Tally;
pub use watch::Watch;

#[cfg(test)]
pub(crate) mod tests;
