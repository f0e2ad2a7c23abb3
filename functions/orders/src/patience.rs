//! How long the functions behind queues try.

use std::time::Duration;

/// How often a message is tried: the waits between are longer than [`OUTAGE`]. Its queue allows some receives more, for attempts that
/// were killed: the last one tells the customer.
pub const ATTEMPTS: u32 = 9;

/// How long what a function depends on may be away.
pub const OUTAGE: Duration = Duration::from_mins(4);
