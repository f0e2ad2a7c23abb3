//! What the measured functions have in common: the order that they read, the batches that they are fed, and what those by hand do.

pub mod batch;
pub mod by_hand;
pub mod order;
