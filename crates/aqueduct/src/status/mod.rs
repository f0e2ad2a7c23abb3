//! Status: a durable record per request that the end user reads.
//!
//! Steps only go forward: each has a rank, a step of a lower rank than the present one joins the history without
//! taking its place, and nothing follows a final step. So late and duplicate messages cannot turn a status back.

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
