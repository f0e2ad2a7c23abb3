//! The Lambda function `order-notifier`.

use std::sync::Arc;

use aqueduct::aws::Environment;
use aqueduct::{Consumer, lambda};
use order_notifier::Notifier;
use orders::{OrderConfirmed, OrderDeclined};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    let statuses = Environment::load().await.statuses("STATUS_TABLE")?;
    let notifier = Arc::new(Notifier { statuses: Arc::new(statuses) });
    lambda::run(Consumer::new::<OrderConfirmed>(notifier.clone()).on::<OrderDeclined>(notifier)).await
}
