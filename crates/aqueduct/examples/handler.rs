//! A handler behind any trigger.

use aqueduct::{Consumer, Failure, Message, Payload};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct OrderConfirmed {
    order: String,
}

impl Payload for OrderConfirmed {
    const TYPE: &'static str = "OrderConfirmed";
}

async fn dispatch(message: Message<OrderConfirmed>) -> Result<(), Failure> {
    tracing::info!(order = message.data.order, "on its way");
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), aqueduct::lambda::Error> {
    aqueduct::lambda::run(Consumer::new(dispatch)).await
}
