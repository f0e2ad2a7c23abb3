//! Consumers and publishers against an embedded cloud whose network fails on purpose: what is done, how often, and where
//! every message lies then.
//!
//! The consumer runs in the test, so that it can be stopped at any point. [`Poller`](poller::Poller) does what an event source
//! mapping does, when the test says so; the pipeline's tests run the same faults through processes and real mappings.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod bank;
mod cloud;
mod extended_clients;
mod fulfilment;
mod large;
mod ledger;
mod network;
mod objects;
mod poller;
mod processor;
mod publishing;
mod shop;

#[path = "../support/tools.rs"]
mod tools;
