//! Claim check: messages whose body lies in S3, with a pointer to it in the queue.
//!
//! Publishing, `LargeBodies` (features `sqs` and `sns`) stores what is larger than a queue or a topic takes, and a
//! pointer is sent instead. Consuming, [`ClaimCheck`] fetches it.
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
//! With the feature `s3`, `aws::S3Objects` reads and fills the buckets:
//!
//! ```no_run
//! # #[cfg(all(feature = "s3", feature = "sqs"))]
//! # async fn run(consumer: aqueduct::Consumer) {
//! use aqueduct::Publisher;
//! use aqueduct::aws::{Queue, S3Objects, load_config, s3, sqs};
//! use aqueduct::claim_check::{ClaimCheck, LargeBodies};
//!
//! let config = load_config().await;
//! let objects = S3Objects::new(s3::Client::new(&config)).owner("111122223333");
//! let consumer = consumer.layer(ClaimCheck::new(objects.clone()).bucket("large-orders"));
//!
//! let queue = Queue::new(sqs::Client::new(&config), "https://sqs.eu-central-1.amazonaws.com/111122223333/orders");
//! let queue = queue.large_bodies(LargeBodies::new(objects, "large-orders"));
//! let publisher = Publisher::new("shop", queue);
//! # }
//! ```
//!
//! A message to a bus carries no attributes, so `Bus` sends no pointers.
//!
//! The layer goes around all that read the message, and inside [`CircuitBreaker`](crate::consume::layers::CircuitBreaker)
//! and [`RateLimit`](crate::consume::layers::RateLimit), which then turn away before anything is fetched. Inside
//! [`RetryInPlace`](crate::consume::layers::RetryInPlace) it fetches at each try.

#[cfg(any(feature = "sqs", feature = "sns"))]
mod large;
mod layer;
mod objects;
mod pointer;

#[cfg(any(feature = "sqs", feature = "sns"))]
pub use large::LargeBodies;
#[cfg(any(feature = "sqs", feature = "sns"))]
pub(crate) use large::Parcel;
pub use layer::ClaimCheck;
pub use objects::{MemoryObjects, ObjectError, Objects};
pub use pointer::{Pointer, PointerError};

/// The attributes that mark a pointer: today's, and that of older clients.
const MARKS: [&str; 2] = ["ExtendedPayloadSize", "SQSLargePayloadSize"];

#[cfg(test)]
mod tests;
