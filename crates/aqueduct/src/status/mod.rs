//! Status: a durable record per request that the end user reads.
//!
//! Steps only go forward: each has a rank, a step of a lower rank than the present one joins the history without
//! taking its place, and nothing follows a final step. So late and duplicate messages cannot turn a status back.
//!
//! A message that was rejected may be moved back from its dead-letter queue, and its request be finished after all. So the step
//! that a rejection takes only [halts](Step::halts) it: it has no part in the order of ranks, and the next step of the way takes its
//! place.

mod memory;
mod record;
mod store;
mod sweep;
mod watch;

pub use memory::MemoryStatuses;
pub use record::{HistoryEntry, Notification, Place, State, Status, Step};
pub use store::{Opened, StatusError, Statuses};
pub use sweep::StalledSweep;
pub use watch::StatusWatch;

#[cfg(test)]
pub(crate) mod cases;
