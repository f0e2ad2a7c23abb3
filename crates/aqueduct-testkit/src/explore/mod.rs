//! Exploring what can happen: a world is run under thousands of schedules of faults, and must keep its invariants.
//!
//! Each seed gives one run: which functions crash and where, which calls fail, which answers are lost, which messages
//! come twice. A run that breaks an invariant is reduced to the fewest faults that still break it, and told by message.

mod invariant;
mod journal;
mod panics;
mod report;
mod run;
mod search;
mod shrink;
mod story;
#[cfg(test)]
mod tests;

pub use invariant::{Broken, Invariant, effects_once, nothing_lost, order_per_group, status_never_goes_back};
pub use journal::{Entry, Journal};
pub use report::{Explored, Failed};
pub use run::{DEAD_LETTERED, LOST, Run, World};
pub use search::{Explore, explore, replay};
pub use story::Story;
