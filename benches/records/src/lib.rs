//! What the measured functions have in common: the order that they read and the batches that they are fed.

pub mod batch;
pub mod order;
