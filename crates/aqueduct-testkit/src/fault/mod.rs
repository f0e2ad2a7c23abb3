//! What goes wrong in a run, where, and how often.
//!
//! A world in virtual time asks [`Faults::at`] wherever something could go wrong: [`Point`] names the place, [`Fault`] what
//! happens there. From a seed, [`Mix`] decides; what it decided is recorded as [`Strike`]s, and a list of those replays
//! it to the letter. The decision for a point depends on the seed and that point alone, so that neither the order of the
//! questions nor faults elsewhere change it.

mod draw;
mod faults;
mod kind;
mod mix;
mod point;
#[cfg(test)]
mod tests;

pub use faults::{Faults, Strike, Unreadable};
pub use kind::{Fault, Kind};
pub use mix::Mix;
pub use point::{Point, When};
