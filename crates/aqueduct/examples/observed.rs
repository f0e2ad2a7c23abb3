//! What the toolkit says of a record, and what a handler adds. With the feature `otel` the same spans go to a collector.
use aqueduct::lambda::{self, setting};
use aqueduct::observe::{Metrics, Payloads};
use aqueduct::{Consumer, Failure, Message, Payload};

#[derive(serde::Serialize, serde::Deserialize, Payload)]
struct Payment {
    order: String,
    card: String,
}

#[tracing::instrument(skip_all, fields(order = payment.data.order))]
async fn pay(payment: Message<Payment>) -> Result<(), Failure> {
    tracing::info!(digits = payment.data.card.len(), "taken");
    Ok(())
}

pub(crate) fn consumer(metrics: Metrics) -> Consumer {
    Consumer::new(pay).metrics(metrics).log_payloads(Payloads::without(["card"]))
}

#[tokio::main(flavor = "local")]
async fn main() -> Result<(), lambda::Error> {
    lambda::run(consumer(Metrics::new("Shop")?.dimension("Stage", setting("STAGE")?)?)).await
}
