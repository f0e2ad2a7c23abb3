//! A template's topology run in virtual time under load and faults.
//!
//! [`run`] sends messages to a queue at a steady rate, lets functions take the time that a [`Scenario`] gives them, lets
//! them fail during outages, and answers with a [`Report`]: how far each queue fell behind, what reached dead-letter
//! queues and why, and how long the backlog took to drain. Batches, visibility timeouts, receive counts, concurrency
//! and redrive are those of `aqueduct-services`. The same scenario and seed give the same report.
//!
//! Not modelled yet, so no answer here depends on it: what functions send on (queues behind a function stay empty),
//! arrivals other than a steady rate, service times that vary, cold starts, partial batch failures, outages of
//! other services than functions, delays of SQS, SNS and EventBridge themselves, and duplicates of at-least-once
//! delivery. Memory use grows with the number of messages.

mod arrivals;
mod model;
mod report;
mod run;
mod scenario;

pub use report::{Cause, QueueReport, Report};
pub use run::{Error, run};
pub use scenario::{Outage, Scenario, Workload};
