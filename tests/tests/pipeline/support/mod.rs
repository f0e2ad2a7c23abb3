//! The pipeline under test, and waiting for it.

mod binaries;
mod clients;
mod queues;
mod shop;
mod stack;
mod wait;

pub(crate) use stack::{Stack, customer, exclusive, resources};
pub(crate) use wait::eventually;
