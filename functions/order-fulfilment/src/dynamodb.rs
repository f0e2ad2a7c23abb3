//! The warehouse's books in a DynamoDB table.

use aqueduct::Failure;
use aqueduct::aws::dynamodb::Client;
use aqueduct::aws::dynamodb::error::{BuildError, SdkError};
use aqueduct::aws::dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aqueduct::aws::dynamodb::types::{AttributeValue, CancellationReason, Put, TransactWriteItem, Update};
use orders::{Line, product};

use crate::warehouse::Warehouse;

/// The warehouse's books: one item per reservation, `reservation/{order}`, and one per product, `stock/{sku}`, written
/// together in a transaction. A product that was never touched has its first stock.
#[derive(Clone, Debug)]
pub struct DynamoDbWarehouse {
    client: Client,
    table: String,
}

impl DynamoDbWarehouse {
    /// The books in this table, whose partition key is the string `id`.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    fn reservation(&self, order: &str) -> Result<TransactWriteItem, BuildError> {
        let put = Put::builder()
            .table_name(&self.table)
            .item("id", AttributeValue::S(format!("reservation/{order}")))
            .condition_expression("attribute_not_exists(id)")
            .build()?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn withdrawal(&self, line: &Line) -> Result<TransactWriteItem, BuildError> {
        let first = product(&line.sku).map_or(0, |product| product.stock);
        let update = Update::builder()
            .table_name(&self.table)
            .key("id", AttributeValue::S(format!("stock/{}", line.sku)))
            .update_expression("SET remaining = if_not_exists(remaining, :first) - :quantity")
            .condition_expression("remaining >= :quantity OR (attribute_not_exists(remaining) AND :first >= :quantity)")
            .expression_attribute_values(":first", AttributeValue::N(first.to_string()))
            .expression_attribute_values(":quantity", AttributeValue::N(line.quantity.to_string()))
            .build()?;
        Ok(TransactWriteItem::builder().update(update).build())
    }
}

impl Warehouse for DynamoDbWarehouse {
    async fn reserve(&self, order: &str, lines: &[Line]) -> Result<(), Failure> {
        let lines = merged(lines);
        let mut transaction = self.client.transact_write_items().transact_items(self.reservation(order)?);
        for line in &lines {
            transaction = transaction.transact_items(self.withdrawal(line)?);
        }
        match transaction.send().await.map_err(SdkError::into_service_error) {
            Ok(_) => Ok(()),
            Err(TransactWriteItemsError::TransactionCanceledException(canceled)) => {
                verdict(canceled.cancellation_reasons(), &lines)
            }
            Err(error) => Err(Failure::retry("the warehouse's books cannot be reached").because(error)),
        }
    }
}

/// A transaction may touch an item once, so the lines of one product become one.
fn merged(lines: &[Line]) -> Vec<Line> {
    let mut merged: Vec<Line> = Vec::new();
    for line in lines {
        match merged.iter_mut().find(|earlier| earlier.sku == line.sku) {
            Some(earlier) => earlier.quantity += line.quantity,
            None => merged.push(line.clone()),
        }
    }
    merged
}

/// Why the transaction was cancelled: the first reason is the reservation's, the others are the lines'.
fn verdict(reasons: &[CancellationReason], lines: &[Line]) -> Result<(), Failure> {
    let failed = |reason: &CancellationReason| reason.code() == Some("ConditionalCheckFailed");
    if reasons.first().is_some_and(failed) {
        return Ok(());
    }
    match reasons.iter().skip(1).zip(lines).find(|(reason, _)| failed(reason)) {
        Some((_, line)) => Err(Failure::retry(format!("the warehouse has too little of {}", line.sku))),
        None => Err(Failure::retry("the warehouse's books are being written by somebody else")),
    }
}
