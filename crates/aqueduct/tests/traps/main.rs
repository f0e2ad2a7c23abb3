//! Traps that messaging libraries have, one test for each: what goes wrong, and that it does not go wrong here.
//!
//! `README.md` beside this file lists all of them, also those whose tests stand beside the code that they are about.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod batches;
mod idempotency;
mod list;
mod outcomes;
#[cfg(all(feature = "sqs", feature = "sns", feature = "eventbridge"))]
mod publishing;
mod support;
