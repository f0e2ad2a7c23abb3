//! The commands, one file each.

pub(crate) mod check;
pub(crate) mod graph;
pub(crate) mod matches;
pub(crate) mod up;
