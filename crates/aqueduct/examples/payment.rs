//! Takes payment once however often its message comes, and publishes the receipt that goes with it, each time with the same id.
use aqueduct::aws::{self, DynamoDbClaims, Topic};
use aqueduct::lambda::{self, setting};
use aqueduct::{Consumer, Failure, Message, Payload, Publisher, idempotency::Idempotency};

#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct Payment(String, u64);

impl Payload for Payment {
    const TYPE: &'static str = "Payment";
}

async fn pay(order: Message<Payment>, once: Idempotency) -> Result<(), Failure> {
    let take = once.key(format!("pay/{}", order.header.idempotency_key())).of(&order.data)?;
    take.run(async |effect| effect.publish("receipts", order.followed_by(order.data.clone()))).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    let aws = aws::load_config().await;
    let receipts = Topic::new(aws::sns::Client::new(&aws), setting("RECEIPTS_TOPIC_ARN")?);
    let claims = DynamoDbClaims::new(aws::dynamodb::Client::new(&aws), setting("IDEMPOTENCY_TABLE")?);
    let once = Idempotency::new(claims).to("receipts", Publisher::new("till", receipts));
    lambda::run(Consumer::new(move |order| pay(order, once.clone()))).await
}
