//! The order pipeline end to end.
//!
//! Each test runs the template of `infra/` with the real function binaries on an embedded cloud of its own, and looks
//! at it as a user does: over HTTP and through the AWS SDK.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod bad_requests;
mod boto3;
mod events;
mod faults;
mod orders;
mod outage;
mod settings;
mod shop;
mod support;

#[path = "../support/browser.rs"]
mod browser;
