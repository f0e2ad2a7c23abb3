//! Ledger entries in order per account, behind a FIFO queue.
use aqueduct::aws::{self, SqsRedelivery};
use aqueduct::{Consumer, Failure, Message, Payload, lambda};

#[derive(serde::Serialize, serde::Deserialize)]
struct Entry {
    account: String,
}

impl Payload for Entry {
    const TYPE: &'static str = "Entry";
}

async fn append(entry: Message<Entry>) -> Result<(), Failure> {
    match entry.data.account.as_str() {
        "" => Err(Failure::reject("it names no account")),
        _ => Ok(()),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda::Error> {
    let sqs = aws::sqs::Client::new(&aws::load_config().await);
    lambda::run(Consumer::new(append).redelivery(SqsRedelivery::by_redrive_policy(sqs))).await
}
