//! Ledger entries in order per account, behind a FIFO queue.
use aqueduct::aws::{Environment, SqsRedelivery};
use aqueduct::{Consumer, Failure, Message, Payload, consume::Redelivery, lambda};

#[derive(serde::Serialize, serde::Deserialize, Payload)]
struct Entry {
    account: String,
}

async fn append(entry: Message<Entry>) -> Result<(), Failure> {
    match entry.data.account.as_str() {
        "" => Err(Failure::reject("it names no account")),
        _ => Ok(()),
    }
}

pub(crate) fn consumer(redelivery: impl Redelivery + 'static) -> Consumer {
    Consumer::new(append).redelivery(redelivery)
}

#[tokio::main(flavor = "local")]
async fn main() -> Result<(), lambda::Error> {
    lambda::run(consumer(SqsRedelivery::by_redrive_policy(Environment::load().await.sqs()))).await
}
