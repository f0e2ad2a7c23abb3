//! Handlers in virtual time, and the conformance suite.
//!
//! [`TestCloud`] wires a template's queues, topics and buses to closures that stand for its functions, and moves time
//! from one happening to the next, so that hours of retries pass in milliseconds and a seed reproduces all of them.
//! [`conformance`] holds what the embedded cloud claims about AWS against cases with their sources.
//!

pub mod conformance;
pub mod explore;
pub mod fault;

mod closures;
#[cfg(feature = "handlers")]
mod cloud;
mod log;
mod requests;
mod template;

pub use closures::TestCloud;
#[cfg(feature = "handlers")]
pub use cloud::{Cloud, Function, SetupError};
pub use template::{Refused, Template};

pub use aqueduct_services::cloud::QueueCensus;
pub use aqueduct_services::cloud::virtual_time::{Execution, StillBusy};
pub use aqueduct_services::lambda::{Ended, Exit, exited, failed};
pub use aqueduct_services::{Note, Timestamp, What, sns, sqs};
