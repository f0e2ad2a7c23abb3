//! What the function answers to Lambda.

use aqueduct_message::{Delivery, EventError, Trigger};
use serde::Serialize;
use thiserror::Error;

/// The answer to an event source mapping: the records that are to come back. All others are done with.
///
/// An answer that names no record that was in the batch, or an empty name, would bring the whole batch back, and so would
/// one that is no JSON; a missing or empty list says that all is done. Sources:
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>,
/// <https://docs.aws.amazon.com/lambda/latest/dg/services-kinesis-batchfailurereporting.html>
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Response {
    /// The failed records; an empty list says that all are done. Of a stream's shard or a topic's partition, the first,
    /// since Lambda goes back to the first whatever is said of the others.
    pub batch_item_failures: Vec<ItemFailure>,
}

/// A record that is to come back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemFailure {
    /// What its source knows it by.
    pub item_identifier: Identifier,
}

/// What a source knows a record by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Identifier {
    /// SQS's `messageId`, or the sequence number in a stream.
    Id(String),
    /// A place in a Kafka topic.
    ///
    /// Source: <https://docs.aws.amazon.com/lambda/latest/dg/kafka-retry-configurations.html>
    Offset {
        /// `topic-partition`.
        #[serde(rename = "topic-partition")]
        partition: String,
        /// The offset.
        offset: i64,
    },
}

impl Response {
    pub(crate) fn failing<'a>(deliveries: impl Iterator<Item = &'a Delivery<'a>>) -> Self {
        let batch_item_failures =
            deliveries.map(|delivery| ItemFailure { item_identifier: Identifier::of(delivery) }).collect();
        Self { batch_item_failures }
    }

    /// The ids of the failed records; of a Kafka record, its partition.
    pub fn failed(&self) -> impl Iterator<Item = &str> {
        self.batch_item_failures.iter().map(|failure| match &failure.item_identifier {
            Identifier::Id(id) | Identifier::Offset { partition: id, .. } => id.as_str(),
        })
    }
}

impl Identifier {
    fn of(delivery: &Delivery<'_>) -> Self {
        let place = delivery.id.rsplit_once('@').filter(|_| delivery.trigger == Trigger::Kafka);
        match place.and_then(|(partition, offset)| Some((partition, offset.parse().ok()?))) {
            Some((partition, offset)) => Self::Offset { partition: partition.to_owned(), offset },
            None => Self::Id(delivery.id.clone().into_owned()),
        }
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
    /// Every record of a batch failed, and the consumer was asked to fail then.
    #[error("all {total} records of the batch failed; the first: {reason}")]
    Batch {
        /// How many there were.
        total: usize,
        /// Why the first failed.
        reason: String,
    },
}
