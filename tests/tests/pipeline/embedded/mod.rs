//! The pipeline broken on purpose, or watched from inside.

mod bad_requests;
mod boto3;
mod events;
mod faults;
mod orders;
mod outage;
mod shop;
mod watch;

/// The order pipeline's template.
const ORDERS: &str = "../infra/template.yaml";
