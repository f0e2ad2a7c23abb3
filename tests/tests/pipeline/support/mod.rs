//! The pipeline under test, and waiting for it.

mod binaries;
mod clients;
mod stack;
mod wait;

pub(crate) use stack::Stack;
pub(crate) use wait::eventually;
