//! Publishing: the way out to a queue, a topic or a bus.
//!
//! A publisher sends as few requests as the service's limits allow, by number and by bytes. Of a request that was
//! accepted in part, only what was refused for a passing reason is sent again; a request that failed as a whole has been
//! retried by the SDK already. Every message has its fate in the answer, and none that a service refused is reported as
//! sent.
//!
//! On FIFO queues and topics a request has one message of each group, because a service may accept the second and refuse
//! the first; a message that was refused for good stops those of its group that come after it.
//!
//! | | in one request | in bytes | can wait |
//! |---|---|---|---|
//! | queue | 10 | 1 MiB | 15 minutes; FIFO not |
//! | topic | 10 | 256 KiB, or what the topic allows | no |
//! | bus | 10 | 256 KB, or what the Region allows | no |
//!
//! What is larger is refused, or lies in S3 with a pointer to it in the queue, topic or bus: [`claim_check`](crate::claim_check).
//!
//! What must wait longer goes through a [`Later`], such as EventBridge Scheduler; without one it is refused rather than
//! sent early.

mod channel;
mod declared;
mod outbox;
mod publisher;
mod send;
mod sent;

pub use channel::{Ack, Channel, Destination, DestinationKind, Fate, Format, Later, Limits, Outgoing, Refusal};
pub(crate) use declared::Declared;
pub use outbox::{Entry, MemoryOutbox, OutboxError, OutboxStore, Relay};
pub use publisher::{PublishError, Publisher};
pub use sent::Sent;

#[cfg(test)]
mod tests;
