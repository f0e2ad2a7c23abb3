//! The order domain of the reference pipeline.
