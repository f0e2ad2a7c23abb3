//! The pipeline end to end, and the conformance suite over HTTP.

pub mod conformance;
