//! An outbox in a DynamoDB table.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use futures_util::future::{BoxFuture, FutureExt as _};
use jiff::Timestamp;
use serde_json::Value;

use super::client::reason;
use crate::publish::{Entry, OutboxError, OutboxStore, Outgoing};

/// An outbox in a DynamoDB table whose partition key is the string `group` and whose sort key is the string `id`. What is
/// published is deleted, so that the table holds no more than what is under way, and a sweep reads all of it.
///
/// With a stream (`NEW_IMAGE` or more) behind a function that handles [`Change<Entry>`](crate::Change), messages go out
/// within a second of their transaction, those of one group in order.
#[derive(Clone, Debug)]
pub struct DynamoDbOutbox {
    client: Client,
    table: String,
}

/// Names and values of an item count together.
///
/// Source: <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html>
const ITEM_BYTES_MAX: usize = 400 * 1024;

/// What an item has beside body, header, group, id and channel: names, time, delay and size.
const ITEM_BYTES_BESIDE: usize = 200;

impl DynamoDbOutbox {
    /// How many bytes a body may have in an outbox, so that with its header it is within the 400 KB of an item, for
    /// [`Publisher::prepare_within`](crate::Publisher::prepare_within).
    pub const BODY_MAX: usize = 384 * 1024;

    /// The outbox in this table.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self { client, table: table.into() }
    }

    /// The part of a transaction that writes a prepared message, to be sent by the publisher that the relay knows as
    /// `channel`. A message that is too large for an item is refused;
    /// [`Publisher::prepare_within`](crate::Publisher::prepare_within) [`BODY_MAX`](Self::BODY_MAX) has its body stored, before the
    /// transaction begins.
    ///
    /// ```no_run
    /// # use aqueduct::aws::{DynamoDbOutbox, dynamodb};
    /// # use aqueduct::{Draft, Failure, Payload, Publisher};
    /// # async fn example<T: Payload>(
    /// #     client: dynamodb::Client, outbox: DynamoDbOutbox, events: Publisher, change: dynamodb::types::TransactWriteItem,
    /// #     draft: Draft<T>,
    /// # ) -> Result<(), Failure> {
    /// let message = outbox.write("events", &events.prepare(&draft)?)?;
    /// client.transact_write_items().transact_items(change).transact_items(message).send().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn write(&self, channel: &str, message: &Outgoing) -> Result<TransactWriteItem, BuildError> {
        let text = |value: &str| AttributeValue::S(value.to_owned());
        let written = message.header.time.unwrap_or(Timestamp::UNIX_EPOCH);
        let entry = Entry::new(channel, message, written);
        let header = serde_json::to_string(&entry.header).map_err(BuildError::other)?;
        let texts = [&entry.group, &entry.id, &entry.channel, &header, &entry.body];
        let bytes = texts.iter().map(|text| text.len()).sum::<usize>() + ITEM_BYTES_BESIDE;
        if bytes > ITEM_BYTES_MAX {
            let words = format!(
                "the message has {bytes} bytes of the {ITEM_BYTES_MAX} of an item; prepare it with \
                 `Publisher::prepare_within`, so that its body is stored"
            );
            return Err(BuildError::other(words));
        }
        let mut put = Put::builder()
            .table_name(&self.table)
            .item("group", text(&entry.group))
            .item("id", text(&entry.id))
            .item("channel", text(channel))
            .item("header", text(&header))
            .item("body", text(&entry.body))
            .item("written", text(&written.to_string()));
        if let Some(bytes) = entry.stored {
            put = put.item("stored", AttributeValue::N(bytes.to_string()));
        }
        if let Some(seconds) = entry.delay_seconds {
            put = put.item("delay_seconds", AttributeValue::N(seconds.to_string()));
        }
        Ok(TransactWriteItem::builder().put(put.build()?).build())
    }
}

/// An entry from its item, whose attributes are strings and one number.
fn read(item: &std::collections::HashMap<String, AttributeValue>) -> Result<Entry, String> {
    let plain = |value: &AttributeValue| match value {
        AttributeValue::S(text) => Some(Value::String(text.clone())),
        AttributeValue::N(number) => number.parse::<u64>().ok().map(Value::from),
        _ => None,
    };
    let names = ["group", "id", "channel", "header", "body", "written", "delay_seconds", "stored"];
    let object = names.iter().filter_map(|name| Some(((*name).to_owned(), plain(item.get(*name)?)?))).collect();
    serde_json::from_value(Value::Object(object)).map_err(|error| error.to_string())
}

impl OutboxStore for DynamoDbOutbox {
    fn pending(&self, before: Timestamp, limit: u32) -> BoxFuture<'_, Result<Vec<Entry>, OutboxError>> {
        async move {
            let failed = |reason| OutboxError { what: "read", reason };
            let (mut entries, mut start) = (Vec::new(), None);
            loop {
                let scan = self.client.scan().table_name(&self.table).consistent_read(true);
                let page = scan.set_exclusive_start_key(start).send().await.map_err(|error| failed(reason(error)))?;
                for item in page.items() {
                    match read(item) {
                        Ok(entry) if entry.written <= before => entries.push(entry),
                        Ok(_) => {}
                        Err(why) => {
                            tracing::error!(reason = why, "an item of the outbox is no message and stays there");
                        }
                    }
                }
                start = page.last_evaluated_key().cloned();
                if start.is_none() || entries.len() >= limit as usize {
                    entries.truncate(limit as usize);
                    return Ok(entries);
                }
            }
        }
        .boxed()
    }

    fn remove<'a>(&'a self, entry: &'a Entry) -> BoxFuture<'a, Result<(), OutboxError>> {
        async move {
            let text = |value: &str| AttributeValue::S(value.to_owned());
            let delete = self.client.delete_item().table_name(&self.table);
            let sent = delete.key("group", text(&entry.group)).key("id", text(&entry.id)).send().await;
            sent.map(|_| ()).map_err(|error| OutboxError { what: "emptied", reason: reason(error) })
        }
        .boxed()
    }
}
