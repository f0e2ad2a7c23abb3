//! Parcels for a carrier who is given two seconds for each, and is left alone when five in a row fail.
use std::time::Duration;

use aqueduct::consume::layers::{CircuitBreaker, Circuits, Timeout};
use aqueduct::{Consumer, Failure, Message, Payload, aws::Environment, consume::Redelivery, lambda};

#[derive(serde::Serialize, serde::Deserialize, Payload)]
struct Parcel {
    answer_millis: u64,
}

/// Stands for a request to the carrier.
async fn hand_over(parcel: Message<Parcel>) -> Result<(), Failure> {
    tokio::time::sleep(Duration::from_millis(parcel.data.answer_millis)).await;
    Ok(())
}

pub(crate) fn consumer(circuits: impl Circuits + 'static, redelivery: impl Redelivery + 'static) -> Consumer {
    // The other way round the breaker is dropped with the handler when the time ends: it counts no timeout and never opens.
    let (breaker, timeout) = (CircuitBreaker::new("carrier").shared(circuits), Timeout::new(Duration::from_secs(2)));
    Consumer::new(hand_over).layer(breaker).layer(timeout).redelivery(redelivery)
}

#[tokio::main(flavor = "local")]
async fn main() -> Result<(), lambda::Error> {
    let aws = Environment::load().await;
    lambda::run(consumer(aws.circuits("CIRCUITS_TABLE")?, aws.redelivery("DLQ_URL")?)).await
}
