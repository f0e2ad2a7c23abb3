//! What the function answers to Lambda.

use aqueduct_message::EventError;
use serde::Serialize;
use thiserror::Error;

/// The answer to an event source mapping: the records that are to come back. All others are deleted.
///
/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The failed records; an empty list says that all are done.
    pub batch_item_failures: Vec<ItemFailure>,
}

/// A record that is to come back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemFailure {
    /// The record's `messageId`.
    pub item_identifier: String,
}

impl Response {
    pub(crate) fn failing(ids: impl IntoIterator<Item = String>) -> Self {
        let batch_item_failures = ids.into_iter().map(|item_identifier| ItemFailure { item_identifier }).collect();
        Self { batch_item_failures }
    }

    /// The ids of the failed records.
    pub fn failed(&self) -> impl Iterator<Item = &str> {
        self.batch_item_failures.iter().map(|failure| failure.item_identifier.as_str())
    }
}

/// The invocation as a whole failed: Lambda tries it again as its trigger has it.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum InvocationFailed {
    /// The event is of no trigger that the consumer reads.
    #[error(transparent)]
    Event(#[from] EventError),
    /// The one message of an asynchronous invocation, which has no batch response to fail in.
    #[error("message {id} failed: {reason}")]
    Message {
        /// The transport's id.
        id: String,
        /// Why.
        reason: String,
    },
}
