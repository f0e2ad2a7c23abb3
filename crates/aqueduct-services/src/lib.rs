//! How SQS, SNS, EventBridge and Lambda's triggers behave, as state machines without I/O or clock.
//!
//! Every entry point takes the time from its caller and leaves what it wants done to its caller, so that a wall
//! clock with sockets and a virtual clock with a seed drive the same code.

mod error;
mod hop;
mod ids;
#[allow(dead_code, reason = "each service takes to it in turn")]
mod keep;
mod note;
mod outbox;
mod site;
mod time;

pub mod cloud;
pub mod events;
pub mod lambda;
pub mod policy;
pub mod sns;
pub mod sqs;

pub use aqueduct_topology::Arn;
pub use error::{ApiError, Fault};
pub use hop::{Delivery, Handover, MessageAttributeValue, Principal, Refusal};
pub use ids::Ids;
pub(crate) use ids::Uuid;
pub use keep::{Change, Record, Unreadable};
pub(crate) use note::Notes;
pub use note::{Note, Watch, What};
pub use site::{CallId, Site};
pub use time::Timestamp;
