//! The ledger in a DynamoDB table.

use aqueduct::aws::dynamodb::Client;
use aqueduct::aws::dynamodb::error::SdkError;
use aqueduct::aws::dynamodb::types::AttributeValue;
use aqueduct::{Clock, Failure};
use orders::LedgerEntry;

use crate::writer::Ledger;

const AWAY: &str = "the ledger cannot be reached";

fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

/// The ledger in a DynamoDB table whose partition key is the string `account` and whose sort key is the string `entry`.
/// `written` tells the order in which entries came in.
#[derive(Clone, Debug)]
pub struct DynamoDbLedger {
    client: Client,
    table: String,
    clock: Clock,
}

impl DynamoDbLedger {
    /// The ledger in this table.
    pub fn new(client: Client, table: impl Into<String>, clock: Clock) -> Self {
        Self { client, table: table.into(), clock }
    }
}

impl Ledger for DynamoDbLedger {
    async fn append(&self, key: &str, entry: &LedgerEntry) -> Result<bool, Failure> {
        let put = self
            .client
            .put_item()
            .table_name(&self.table)
            .item("account", text(&entry.customer))
            .item("entry", text(key))
            .item("order", text(&entry.order))
            .item("posting", text(entry.posting.name()))
            .item("amount_cents", AttributeValue::N(entry.amount_cents.0.to_string()))
            .item("written", text(&format!("{:.9}", self.clock.now())))
            .condition_expression("attribute_not_exists(entry)");
        match put.send().await.map_err(SdkError::into_service_error) {
            Ok(_) => Ok(true),
            Err(error) if error.is_conditional_check_failed_exception() => Ok(false),
            Err(error) => Err(Failure::retry(AWAY).because(error)),
        }
    }

    async fn has(&self, account: &str, key: &str) -> Result<bool, Failure> {
        let get = self.client.get_item().table_name(&self.table).key("account", text(account)).key("entry", text(key));
        let found = get.projection_expression("entry").consistent_read(true).send().await;
        Ok(found.map_err(|error| Failure::retry(AWAY).because(error))?.item.is_some())
    }
}
