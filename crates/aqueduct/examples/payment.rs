//! Takes payment once however often its message comes, and publishes the receipt that goes with it, each time with the same id.
use aqueduct::idempotency::{Claims, Idempotency};
use aqueduct::{Consumer, Failure, Message, Payload, Publisher, aws::Environment, lambda};

#[derive(Clone, serde::Serialize, serde::Deserialize, Payload)]
struct Payment(String, u64);

async fn pay(order: Message<Payment>, once: Idempotency) -> Result<(), Failure> {
    let take = once.key(format!("pay/{}", order.header.idempotency_key())).of(&order.data)?;
    take.run(async |effect| effect.publish("receipts", order.followed_by(order.data.clone()))).await
}

pub(crate) fn consumer(claims: impl Claims + 'static, receipts: Publisher) -> Consumer {
    let once = Idempotency::new(claims).to("receipts", receipts);
    Consumer::new(move |order| pay(order, once.clone()))
}

#[tokio::main(flavor = "local")]
async fn main() -> Result<(), lambda::Error> {
    let aws = Environment::load().await;
    let receipts = Publisher::new("till", aws.topic("RECEIPTS_TOPIC_ARN")?);
    lambda::run(consumer(aws.claims("IDEMPOTENCY_TABLE")?, receipts)).await
}
