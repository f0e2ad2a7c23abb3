//! The handler that one writes without a toolkit: a loop over an `SqsEvent` with a partial batch response.

use aws_lambda_events::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent};
use lambda_runtime::{Error, LambdaEvent};

use crate::order::Order;

/// Handles a batch.
#[expect(clippy::unused_async, reason = "a handler is an asynchronous function")]
pub async fn handle(event: LambdaEvent<SqsEvent>) -> Result<SqsBatchResponse, Error> {
    let mut response = SqsBatchResponse::default();
    for record in event.payload.records {
        let order = record.body.as_deref().map(serde_json::from_str::<Order>);
        if !order.is_some_and(|order| order.is_ok_and(|order| order.is_good())) {
            let mut failure = BatchItemFailure::default();
            failure.item_identifier = record.message_id.unwrap_or_default();
            response.batch_item_failures.push(failure);
        }
    }
    Ok(response)
}
