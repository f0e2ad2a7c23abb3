//! The pipeline as its users see it, wherever it runs.

mod fifo;
mod orders;
mod outage;
mod poison;
mod recovery;
mod triggers;
