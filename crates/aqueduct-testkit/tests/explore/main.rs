//! Schedules of faults explored: the order pipeline keeps what it promises, and functions with well-known mistakes do not.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

#[path = "../support/mod.rs"]
#[allow(dead_code, reason = "the explored pipeline has a bank of its own, and other customers")]
mod support;

mod mistakes;
mod pipeline;
mod stories;
mod worker;

use mimalloc::MiMalloc;

/// A schedule makes a cloud and takes it apart again: a quarter of its time is memory, which others give faster than the system.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;
