//! Functions in virtual time, faults, and the conformance suite.
//!
//! - `Cloud` (feature `handlers`, on by default) runs the user's own functions, unchanged, on a template's queues, topics, buses and
//!   tables; their AWS SDK clients reach it in process. Hours of retries pass in milliseconds, and a seed reproduces all of them.
//! - [`fault`] says what goes wrong in a run, and [`explore`] runs a world under thousands of schedules of faults.
//! - [`TestCloud`] has closures in place of functions, for tests of the wiring alone.
//! - [`conformance`] holds what the embedded cloud claims about AWS against cases with their sources.
//!
//! What `Cloud` does not model: how long code takes that does not wait, cold starts, memory, and permissions of roles. Streams of
//! DynamoDB and Kinesis, Kafka, pipes and notifications of buckets trigger nothing there: a test hands their events to
//! `Cloud::invoke`. A call to a service takes 5 ms. Tasks that a handler spawns with `tokio::spawn` have the system's clock, blocking
//! tasks and sockets hold time up, and `tokio::select!` without `biased` takes its chance from the system unless everything is built
//! with `--cfg tokio_unstable`.

pub mod conformance;
pub mod explore;
pub mod fault;

mod closures;
#[cfg(feature = "handlers")]
mod cloud;
mod log;
mod names;
mod requests;
mod template;

pub use closures::TestCloud;
#[cfg(feature = "handlers")]
pub use cloud::{Cloud, Function, Pieces, SetupError};
pub use template::{Refused, Template};

pub use aqueduct_services::cloud::QueueCensus;
pub use aqueduct_services::cloud::virtual_time::{Execution, StillBusy};
pub use aqueduct_services::lambda::{Ended, Exit, exited, failed};
pub use aqueduct_services::{Note, Timestamp, What, sns, sqs};
