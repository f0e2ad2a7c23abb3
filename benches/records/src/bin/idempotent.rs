//! Effects that happen once, kept in DynamoDB: a claim and its completion for each of as many keys as it is told.

use anyhow::Context as _;
use aqueduct::Failure;
use aqueduct::aws::dynamodb::Client;
use aqueduct::aws::{DynamoDbClaims, load_config};
use aqueduct::idempotency::Idempotency;

#[tokio::main(flavor = "local")]
async fn main() -> anyhow::Result<()> {
    let times: usize = std::env::args().nth(1).context("how often?")?.parse()?;
    let payments = Idempotency::new(DynamoDbClaims::new(Client::new(&load_config().await), "claims"));
    for n in 0..times {
        let key = format!("charge/ord_{n:08}");
        let charged = payments.once(&key, async || Ok::<_, Failure>(3_400)).await;
        anyhow::ensure!(charged.is_ok_and(|cents: i64| cents == 3_400), "{key} was not charged");
    }
    Ok(())
}
