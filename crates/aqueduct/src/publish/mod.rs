//! Publishing: the way out to a queue, a topic or a bus.

mod memory;
mod publisher;

pub use memory::Outbox;
pub use publisher::{Ack, Channel, Outgoing, PublishError, Publisher};
