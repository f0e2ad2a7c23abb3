//! Claim check: messages whose body lies in S3, with a pointer to it in the queue.
//!
//! [`ClaimCheck`] is a layer that fetches the body before the handler sees the message. It reads what AWS's extended clients for
//! SQS and SNS write, in SQS queues, in SNS notifications there, and straight from SNS: the [`Pointer`] as body, and the attribute
//! `ExtendedPayloadSize` (`SQSLargePayloadSize` from older clients), as in
//! <https://github.com/awslabs/amazon-sqs-python-extended-client-lib/blob/main/src/sqs_extended_client/client.py>. The marks that those
//! clients put into receipt handles are their own: SQS never sees them, and Lambda does not hand them over.
//!
//! Only buckets that are named are read, since whoever may send a message may name any bucket in it. Nothing is deleted:
//! other subscribers, a second delivery and a redrive need the object too. Let a lifecycle rule of the bucket do it, after the
//! retention of the queue and of its dead-letter queue together. A message that is retried or rejected keeps its pointer.
//!
//! With the feature `s3`, `aws::S3Objects` reads the buckets:
//!
//! ```no_run
//! # #[cfg(feature = "s3")]
//! # async fn run(consumer: aqueduct::Consumer) {
//! use aqueduct::aws::{S3Objects, load_config, s3};
//! use aqueduct::claim_check::ClaimCheck;
//!
//! let objects = S3Objects::new(s3::Client::new(&load_config().await)).owner("111122223333");
//! let consumer = consumer.layer(ClaimCheck::new(objects).bucket("large-orders"));
//! # }
//! ```
//!
//! The layer goes around all that read the message, and inside [`CircuitBreaker`](crate::consume::layers::CircuitBreaker)
//! and [`RateLimit`](crate::consume::layers::RateLimit), which then turn away before anything is fetched. Inside
//! [`RetryInPlace`](crate::consume::layers::RetryInPlace) it fetches at each try.

mod layer;
mod objects;
mod pointer;

pub use layer::ClaimCheck;
pub use objects::{MemoryObjects, ObjectError, Objects};
pub use pointer::{Pointer, PointerError};

#[cfg(test)]
mod tests;
