#![doc = include_str!("../README.md")]

mod dialect;
mod error;
mod event;
mod explain;
mod matcher;
mod node;
mod number;
mod parse;
mod pattern;
mod policy;
mod satisfy;
mod set;
pub mod view;
mod wildcard;

pub use dialect::Dialect;
pub use error::PatternError;
pub use explain::{Explanation, Failure, Found};
pub use pattern::Pattern;
pub use satisfy::{Impediment, Satisfiability, Why};
