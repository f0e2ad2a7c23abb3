//! The pipeline end to end.
