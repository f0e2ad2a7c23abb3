//! The publisher: typed messages in, one fate for each.

use std::fmt;
use std::sync::Arc;

use aqueduct_message::{Draft, Header, Payload, to_cloud_event, to_detail};
use futures_util::future::BoxFuture;
use thiserror::Error;

use super::Outbox;
use crate::Clock;

/// Publishes typed messages to one queue, topic or bus.
///
/// ```
/// use aqueduct::{Payload, Publisher};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize)]
/// # struct OrderConfirmed { order: String }
/// # impl Payload for OrderConfirmed { const TYPE: &'static str = "OrderConfirmed"; }
/// # async fn example() -> Result<(), aqueduct::publish::PublishError> {
/// let (events, outbox) = Publisher::memory("order-processor");
/// events.publish(OrderConfirmed { order: "ord_1".into() }).await?;
/// assert_eq!(outbox.messages()[0].header.kind, "OrderConfirmed");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Publisher {
    source: String,
    channel: Arc<dyn Channel>,
    clock: Clock,
}

/// A message in its wire forms; the channel takes the one that its service carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outgoing {
    /// The header.
    pub header: Header,
    /// CloudEvents JSON, for queues and topics.
    pub body: String,
    /// The `detail` of an event, for buses.
    pub detail: String,
}

/// The way to one queue, topic or bus.
pub trait Channel: fmt::Debug + Send + Sync {
    /// What it leads to, for messages: `queue https://…`.
    fn name(&self) -> String;

    /// Sends at most 10 messages and reports the fate of each, in their order. A request that fails as a whole is the
    /// fate of all of them.
    fn send<'a>(&'a self, messages: &'a [Outgoing]) -> BoxFuture<'a, Vec<Result<Ack, String>>>;
}

/// The id that the service gave to an accepted message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ack(pub String);

/// Messages that were not published.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The data cannot be written as JSON.
    #[error("{kind} cannot be written as JSON: {reason}")]
    Encode {
        /// The message type.
        kind: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// The service refused messages, or could not be reached. All others of the call were published.
    #[error("{} of {total} messages were not accepted by {channel}: {}", refused.len(), refused[0].1)]
    Refused {
        /// Where they were to go.
        channel: String,
        /// How many there were.
        total: usize,
        /// Place in the call, from 0, and reason; never empty.
        refused: Vec<(usize, String)>,
    },
}

/// What SQS, SNS and EventBridge take in one batch request.
const BATCH_MAX: usize = 10;

impl Publisher {
    /// A publisher that names itself `source` in its messages, such as the function's name.
    pub fn new(source: impl Into<String>, channel: impl Channel + 'static) -> Self {
        Self { source: source.into(), channel: Arc::new(channel), clock: Clock::system() }
    }

    /// A publisher that keeps its messages, for tests.
    pub fn memory(source: impl Into<String>) -> (Self, Outbox) {
        let outbox = Outbox::default();
        (Self::new(source, outbox.clone()), outbox)
    }

    /// The same publisher with another clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Publishes one message: data alone, or what a handled message [leads to](aqueduct_message::Message::followed_by).
    pub async fn publish<T: Payload>(&self, message: impl Into<Draft<T>>) -> Result<(), PublishError> {
        self.publish_all([message.into()]).await
    }

    /// Publishes messages in their order, in as few requests as possible.
    pub async fn publish_all<T: Payload>(
        &self,
        messages: impl IntoIterator<Item = Draft<T>>,
    ) -> Result<(), PublishError> {
        let outgoing = messages.into_iter().map(|draft| self.outgoing(&draft)).collect::<Result<Vec<_>, _>>()?;
        let mut refused = Vec::new();
        for (chunk, messages) in outgoing.chunks(BATCH_MAX).enumerate() {
            let fates = self.channel.send(messages).await;
            let failed = fates.into_iter().enumerate().filter_map(|(index, fate)| Some((index, fate.err()?)));
            refused.extend(failed.map(|(index, reason)| (chunk * BATCH_MAX + index, reason)));
        }
        if refused.is_empty() {
            return Ok(());
        }
        Err(PublishError::Refused { channel: self.channel.name(), total: outgoing.len(), refused })
    }

    fn outgoing<T: Payload>(&self, draft: &Draft<T>) -> Result<Outgoing, PublishError> {
        let header = draft.header(self.clock.id(), self.source.clone(), self.clock.now());
        let encode = |error: serde_json::Error| PublishError::Encode { kind: T::TYPE, reason: error.to_string() };
        Ok(Outgoing {
            body: to_cloud_event(&header, &draft.data).map_err(encode)?,
            detail: to_detail(&header, &draft.data).map_err(encode)?,
            header,
        })
    }
}
