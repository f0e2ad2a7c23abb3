//! Schedules of faults explored: the order pipeline keeps what it promises, and functions with well-known mistakes do not.

#[path = "../support/mod.rs"]
mod support;

mod mistakes;
mod pipeline;
mod worker;
