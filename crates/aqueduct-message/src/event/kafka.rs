//! Batches of Kafka topics.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::record::text_of;
use super::{Batch, EventError, read_as};
use crate::text::{Text, inner};
use crate::{Delivery, Trigger};

/// Source: <https://docs.aws.amazon.com/lambda/latest/dg/with-msk.html>
#[derive(Deserialize)]
struct Record<'a> {
    #[serde(borrow)]
    topic: Text<'a>,
    partition: i64,
    offset: i64,
    timestamp: Option<i64>,
    #[serde(borrow)]
    value: Option<Text<'a>>,
}

/// Partitions come in the order of their names; records of one keep theirs.
pub(super) fn read<'a>(records: &'a RawValue, arn: Option<&'a RawValue>) -> Result<Batch<'a>, EventError> {
    let partitions: BTreeMap<Text<'a>, Vec<&'a RawValue>> =
        serde_json::from_str(records.get()).map_err(|error| EventError::record(0, Trigger::Kafka, &error))?;
    let arn = inner(read_as(arn));
    let mut deliveries = Vec::new();
    for (index, raw) in partitions.into_values().flatten().enumerate() {
        let record: Record<'a> =
            serde_json::from_str(raw.get()).map_err(|error| EventError::record(index, Trigger::Kafka, &error))?;
        deliveries.push(Delivery { source_arn: arn.clone(), ..deliver(record) });
    }
    Ok(Batch { trigger: Trigger::Kafka, deliveries })
}

fn deliver(record: Record<'_>) -> Delivery<'_> {
    let partition = format!("{}-{}", record.topic.0, record.partition);
    // A tombstone has no value.
    let (body, unreadable) = record.value.map_or(("null".into(), None), |value| text_of(value.0));
    Delivery {
        sent: record.timestamp.and_then(|millis| Timestamp::from_millisecond(millis).ok()),
        unreadable,
        group: Some(partition.clone().into()),
        ..Delivery::new(Trigger::Kafka, format!("{partition}@{}", record.offset), body)
    }
}
