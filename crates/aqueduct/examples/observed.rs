//! What the toolkit says of a record, and what a handler adds. With the feature `otel` the same spans go to a collector.
use aqueduct::lambda::{self, setting};
use aqueduct::observe::{Metrics, Payloads};
use aqueduct::{Consumer, Failure, Message, Payload};

#[derive(serde::Serialize, serde::Deserialize)]
struct Payment {
    order: String,
    card: String,
}

impl Payload for Payment {
    const TYPE: &'static str = "Payment";
}

#[tracing::instrument(skip_all, fields(order = payment.data.order))]
async fn pay(payment: Message<Payment>) -> Result<(), Failure> {
    tracing::info!(digits = payment.data.card.len(), "taken");
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    let metrics = Metrics::new("Shop")?.dimension("Stage", setting("STAGE")?)?;
    lambda::run(Consumer::new(pay).metrics(metrics).log_payloads(Payloads::without(["card"]))).await
}
