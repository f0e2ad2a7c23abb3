//! A bus to publish to.

use aws_sdk_eventbridge::Client;
use aws_sdk_eventbridge::primitives::DateTime;
use aws_sdk_eventbridge::types::PutEventsRequestEntry;
use futures_util::future::{BoxFuture, FutureExt as _};

use super::reason;
use crate::publish::{Ack, Channel, Outgoing};

/// An EventBridge bus to publish to: `source` and `detail-type` are the message's, `detail` is
/// `{"metadata": header, "data": data}`.
#[derive(Clone, Debug)]
pub struct Bus {
    client: Client,
    name: String,
}

impl Bus {
    /// The bus with this name or ARN.
    pub fn new(client: Client, name: impl Into<String>) -> Self {
        Self { client, name: name.into() }
    }

    fn entry(&self, message: &Outgoing) -> PutEventsRequestEntry {
        PutEventsRequestEntry::builder()
            .event_bus_name(&self.name)
            .source(&message.header.source)
            .detail_type(&message.header.kind)
            .detail(&message.detail)
            .set_time(message.header.time.map(|time| DateTime::from_millis(time.as_millisecond())))
            .build()
    }
}

impl Channel for Bus {
    fn name(&self) -> String {
        format!("bus {}", self.name)
    }

    fn send<'a>(&'a self, messages: &'a [Outgoing]) -> BoxFuture<'a, Vec<Result<Ack, String>>> {
        async move {
            let entries = messages.iter().map(|message| self.entry(message)).collect();
            match self.client.put_events().set_entries(Some(entries)).send().await {
                Err(error) => vec![Err(reason(error)); messages.len()],
                Ok(answer) => answer
                    .entries()
                    .iter()
                    .map(|entry| match entry.event_id() {
                        Some(id) => Ok(Ack(id.to_owned())),
                        None => Err(format!(
                            "{}: {}",
                            entry.error_code().unwrap_or_default(),
                            entry.error_message().unwrap_or_default()
                        )),
                    })
                    .collect(),
            }
        }
        .boxed()
    }
}
