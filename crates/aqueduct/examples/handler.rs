//! A handler behind any trigger.

use aqueduct::{Consumer, Failure, Message, Payload};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Payload)]
struct OrderConfirmed {
    order: String,
}

async fn dispatch(message: Message<OrderConfirmed>) -> Result<(), Failure> {
    tracing::info!(order = message.data.order, "on its way");
    Ok(())
}

pub(crate) fn consumer() -> Consumer {
    Consumer::new(dispatch)
}

#[tokio::main(flavor = "local")]
async fn main() -> Result<(), aqueduct::lambda::Error> {
    aqueduct::lambda::run(consumer()).await
}
