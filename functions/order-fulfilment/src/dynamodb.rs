//! The warehouse's books in a DynamoDB table.

use std::future::Future;
use std::pin::Pin;

use aqueduct::aws::dynamodb::Client;
use aqueduct::aws::dynamodb::error::{BuildError, ProvideErrorMetadata as _};
use aqueduct::aws::dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aqueduct::aws::dynamodb::types::{AttributeValue, CancellationReason, Put, TransactWriteItem, Update};
use orders::{Line, product};

use crate::warehouse::{Warehouse, WarehouseError};

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
    fn reserve<'a>(
        &'a self,
        order: &'a str,
        lines: &'a [Line],
    ) -> Pin<Box<dyn Future<Output = Result<(), WarehouseError>> + Send + 'a>> {
        Box::pin(async move {
            let lines = merged(lines);
            let items: Result<Vec<_>, _> = std::iter::once(self.reservation(order))
                .chain(lines.iter().map(|line| self.withdrawal(line)))
                .collect();
            let items = items.map_err(|error| WarehouseError::Unavailable(error.to_string()))?;
            match self.client.transact_write_items().set_transact_items(Some(items)).send().await {
                Ok(_) => Ok(()),
                Err(error) => match error.into_service_error() {
                    TransactWriteItemsError::TransactionCanceledException(canceled) => {
                        verdict(canceled.cancellation_reasons(), &lines)
                    }
                    other => Err(WarehouseError::Unavailable(format!(
                        "the warehouse's books cannot be reached: {}",
                        other.message().unwrap_or("no answer")
                    ))),
                },
            }
        })
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
fn verdict(reasons: &[CancellationReason], lines: &[Line]) -> Result<(), WarehouseError> {
    let failed = |reason: &CancellationReason| reason.code() == Some("ConditionalCheckFailed");
    if reasons.first().is_some_and(failed) {
        return Ok(());
    }
    match reasons.iter().skip(1).zip(lines).find(|(reason, _)| failed(reason)) {
        Some((_, line)) => Err(WarehouseError::TooLittle(line.sku.clone())),
        None => Err(WarehouseError::Unavailable("the warehouse's books are being written by somebody else".to_owned())),
    }
}
