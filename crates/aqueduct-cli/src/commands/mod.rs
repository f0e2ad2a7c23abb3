//! The commands, one file each, and what several of them share.

mod data;
mod happening;
mod signals;

pub(crate) mod check;
pub(crate) mod contracts;
pub(crate) mod explain;
pub(crate) mod graph;
pub(crate) mod matches;
pub(crate) mod rules;
pub(crate) mod serve;
pub(crate) mod simulate;
pub(crate) mod up;
