//! Claim check: messages whose body lies in S3, with a pointer to it in the queue, topic or bus.
//!
//! Publishing, `LargeBodies` (features `sqs`, `sns` and `eventbridge`) stores what is larger than a queue, a topic or a bus takes,
//! and a pointer is sent instead. Consuming, [`ClaimCheck`] fetches it.
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
//! # The header beside a pointer
//!
//! A pointer says nothing of its message. So queues and topics get the [`Header`] beside it, as JSON in the
//! attribute `header`, which AWS's extended clients hand over as any attribute of the sender's: a message whose body cannot be
//! fetched is logged, dead-lettered and told to its [`Watch`](crate::consume::Watch) by its id, type and subject all the
//! same. Of a pointer that other clients sent, or whose header has more than 8 KiB, only the transport's id is known.
//!
//! # Buses
//!
//! An event on a bus has no attributes, and AWS has no extended client for EventBridge; its advice is to upload what is larger
//! and to say in the event where it lies:
//! <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size>. `aws::Bus` with
//! `LargeBodies` sends this `detail`, in which the header is as always, and `pointer` and `ExtendedPayloadSize` (in bytes)
//! are what queues and topics get. The object is the `detail` that there is no room for.
//!
//! ```json
//! {
//!   "metadata": {"id": "m-1", "type": "OrderPlaced", "source": "shop"},
//!   "ExtendedPayloadSize": 2097152,
//!   "pointer": ["software.amazon.payloadoffloading.PayloadS3Pointer", {"s3BucketName": "large-orders", "s3Key": "k-1"}]
//! }
//! ```
//!
//! Patterns of rules see `source`, `detail-type` and `metadata`, and no `data`: a rule that looks into `data` does not match
//! the events whose data lies in S3, as a filter policy of a topic with the scope `MessageBody` does not match such messages.
//! A rule with `{"detail": {"ExtendedPayloadSize": [{"exists": true}]}}` finds them. The layer reads this form straight from
//! EventBridge, through SQS, through SNS, and in the records of failed invocations.
//!
//! # What waits
//!
//! A message that a [`Later`](crate::publish::Later) sends has its body stored by its channel if it is too large for a
//! schedule, and [`Publisher::prepare_within`](crate::Publisher::prepare_within) stores what is too large for an outbox.
//! An object must outlive all that lies between its storing and its last reading: [`Lifetime`] counts the days for the
//! bucket's lifecycle rule, and `LargeBodies::waits_max` refuses what would wait for longer.
//!
//! # The layer's place
//!
//! The layer goes around all that read the message, and inside [`CircuitBreaker`](crate::consume::layers::CircuitBreaker)
//! and [`RateLimit`](crate::consume::layers::RateLimit), which then turn away before anything is fetched. Inside
//! [`RetryInPlace`](crate::consume::layers::RetryInPlace) it fetches at each try.

use aqueduct_message::{Delivery, Header};
use uuid::Uuid;

use claim::{Claim, Telling};

#[cfg(any(feature = "sqs", feature = "sns", feature = "scheduler"))]
use crate::publish::Outgoing;

mod claim;
mod detail;
mod header;
#[cfg(any(feature = "sqs", feature = "sns", feature = "eventbridge"))]
mod large;
mod layer;
mod lifetime;
mod objects;
mod pointer;

#[cfg(any(feature = "sqs", feature = "sns", feature = "eventbridge"))]
pub use large::LargeBodies;
pub use layer::ClaimCheck;
pub use lifetime::Lifetime;
pub use objects::{MemoryObjects, ObjectError, Objects};
pub use pointer::{Pointer, PointerError};

/// The attributes that mark a pointer: today's, and that of older clients.
const MARKS: [&str; 2] = ["ExtendedPayloadSize", "SQSLargePayloadSize"];

/// The attributes of a message whose body is stored, each with its data type and value: the mark with the body's size, and the
/// header. There are none of a message that travels whole.
#[cfg(any(feature = "sqs", feature = "sns", feature = "scheduler"))]
pub(crate) fn beside(message: &Outgoing) -> impl Iterator<Item = (&'static str, &'static str, String)> {
    let mark = message.stored.map(|size| (MARKS[0], "Number", size.to_string()));
    let header = message.stored.and_then(|_| header::write(&message.header));
    mark.into_iter().chain(header.map(|header| (header::NAME, "String", header)))
}

/// The header that stands beside the pointer of a delivery, if there are both.
pub(crate) fn header_of(delivery: &Delivery<'_>) -> Option<Header> {
    Claim::of(delivery, Telling::Mark)?.header()
}

/// What a key says of its body.
fn made_of(body: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, body.as_bytes())
}

#[cfg(test)]
mod tests;
