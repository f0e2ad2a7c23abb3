//! What tests and benchmarks share.

pub(crate) mod shop;
