//! The order pipeline end to end.
//!
//! The tests of `anywhere` look at the pipeline as its users do, over HTTP and through the AWS SDK: they run on an embedded
//! cloud, or where `AQUEDUCT_STACK` leads, such as LocalStack. Those of `embedded` also break it on purpose or watch it
//! from inside, and run on embedded clouds of their own. `agreement` holds a simulation, virtual time and real time against each
//! other, with a template of its own; `AQUEDUCT_AGREEMENT_STACK` leads to where else it is deployed.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod agreement;
mod anywhere;
mod embedded;
mod events;
mod settings;
mod support;

#[path = "../support/browser.rs"]
mod browser;

#[path = "../support/tools.rs"]
mod tools;
