//! The Lambda function `status-projector`.

use std::sync::Arc;

use aqueduct::aws::Environment;
use aqueduct::{Consumer, Tick, lambda};
use orders::OrderDispatched;
use status_projector::Projector;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    let statuses = Arc::new(Environment::load().await.statuses("STATUS_TABLE")?);
    let projector = Projector { statuses: statuses.clone() };
    lambda::run(Consumer::new::<OrderDispatched>(projector).on::<Tick>(status_projector::sweep(statuses))).await
}
