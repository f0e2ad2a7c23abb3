//! Exploring what can happen: a world is run under thousands of schedules of faults, and must keep its invariants.
//!
//! Each seed gives one run: which functions crash and where, which calls fail, which answers are lost, which messages
//! come twice or late ([`Mix`](crate::fault::Mix)). Runs are virtual worlds of one thread each, and all cores are at them. A run
//! that breaks an invariant is reduced to the fewest faults that still break it, told by message, and named by its
//! seed: `AQUEDUCT_SEED=… cargo test NAME` replays it, with the same faults and the same story to the byte.
//! `AQUEDUCT_SEEDS=10000 cargo test NAME` explores so many, and tells how far it is.
//!
//! What has effect outside of the messages, such as a bank that a test plays, writes into the run's [`Journal`]; so do
//! tables that [`Cloud::on_item`](crate::Cloud::on_item) follows. [`Invariant`]s read it after each step and at rest:
//! [`nothing_lost`], [`effects_once`], [`order_per_group`] and [`status_never_goes_back`] are ready, others are
//! closures over the world and the journal.
//!
//! ```
//! use std::convert::Infallible;
//!
//! use aqueduct::{Consumer, Failure, Message, Payload};
//! use aqueduct_testkit::explore::{Broken, DEAD_LETTERED, Entry, Journal, Run, effects_once, explore, nothing_lost};
//! use aqueduct_testkit::{Cloud, Template};
//! # use serde::{Deserialize, Serialize};
//! # const TEMPLATE: &str = "
//! # Transform: AWS::Serverless-2016-10-31
//! # Resources:
//! #   Dead: {Type: AWS::SQS::Queue}
//! #   Orders:
//! #     Type: AWS::SQS::Queue
//! #     Properties: {VisibilityTimeout: 60, RedrivePolicy: {deadLetterTargetArn: !GetAtt Dead.Arn, maxReceiveCount: 3}}
//! #   Worker:
//! #     Type: AWS::Serverless::Function
//! #     Properties:
//! #       Runtime: provided.al2023
//! #       Handler: bootstrap
//! #       CodeUri: .
//! #       Timeout: 10
//! #       Events: {Orders: {Type: SQS, Properties: {Queue: !GetAtt Orders.Arn}}}
//! # ";
//!
//! #[derive(Serialize, Deserialize)]
//! struct Order {
//!     subject: String,
//! }
//! # impl Payload for Order { const TYPE: &'static str = "Order"; }
//!
//! /// A worker that charges each order, through a bank that knows which it has charged.
//! fn worker(journal: Journal) -> Consumer {
//!     Consumer::new(move |order: Message<Order>| {
//!         if journal.count("charged", &order.data.subject) == 0 {
//!             journal.record(Entry::new("charged", &order.data.subject));
//!         }
//!         async { Ok::<_, Failure>(()) }
//!     })
//! }
//!
//! fn shop(run: &Run) -> Result<(), Broken> {
//!     let template = Template::parse(TEMPLATE).map_err(|error| Broken::new("deploys", error.to_string()))?;
//!     let mut cloud = Cloud::with_faults(&template, run.seed(), run.faults()).unwrap();
//!     let journal = run.journal().clone();
//!     cloud.on("Worker", move |_| Ok::<_, Infallible>(worker(journal.clone()))).unwrap();
//!     cloud.send("Orders", r#"{"subject":"ord_1"}"#).unwrap();
//!     run.journal().record(Entry::new("accepted", "ord_1"));
//!     run.drive(&mut cloud, &[nothing_lost("accepted", &["charged", DEAD_LETTERED]), effects_once("charged")])
//! }
//!
//! explore(0..100, shop).expect_kept();
//! ```

mod invariant;
mod journal;
mod panics;
mod progress;
mod report;
mod run;
mod search;
mod shrink;
mod story;
#[cfg(test)]
mod tests;

pub use invariant::{Broken, Invariant, effects_once, nothing_lost, order_per_group, status_never_goes_back};
pub use journal::{Entry, Journal};
pub use report::{Explored, Failed};
pub use run::{DEAD_LETTERED, LOST, Run, World};
pub use search::{Explore, explore, replay};
pub use story::Story;
