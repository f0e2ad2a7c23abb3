//! The publisher: typed messages in, one fate for each.

use std::borrow::Cow;
use std::sync::Arc;

use aqueduct_message::{Draft, IntoDraft, Payload, to_cloud_event, to_detail};
use jiff::Timestamp;
use thiserror::Error;
use tokio::sync::OnceCell;

use super::{Ack, Channel, Declared, Fate, Format, Later, Outgoing, Refusal, Sent};
use crate::{Backoff, Clock, observe};

/// Publishes typed messages to one queue, topic or bus.
///
/// ```
/// use aqueduct::{Payload, Publisher};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize)]
/// # struct OrderConfirmed { order: String }
/// # impl Payload for OrderConfirmed { const TYPE: &'static str = "OrderConfirmed"; }
/// # async fn example() -> Result<(), aqueduct::publish::PublishError> {
/// let (events, sent) = Publisher::memory("order-processor");
/// events.publish(OrderConfirmed { order: "ord_1".into() }).await?;
/// assert_eq!(sent.messages()[0].header.kind, "OrderConfirmed");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Publisher {
    source: String,
    declared: Vec<Declared>,
    /// Its place among the publishers whose contract is asked for.
    #[cfg(all(feature = "contract", feature = "lambda"))]
    place: Option<usize>,
    pub(super) channel: Arc<dyn Channel>,
    pub(super) later: Option<Arc<dyn Later>>,
    pub(super) clock: Clock,
    pub(super) tries: u32,
    pub(super) backoff: Backoff,
    pub(super) verified: Arc<OnceCell<()>>,
}

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
    /// The publisher is not declared to send messages of this type.
    #[error(
        "{kind} is not among what the publisher to {channel} is declared to send, which is {declared}; add \
         `.sends::<{kind}>()` to it"
    )]
    Undeclared {
        /// The message type.
        kind: &'static str,
        /// Where it was to go.
        channel: String,
        /// What the publisher is declared to send.
        declared: String,
    },
    /// The service refused messages, or could not be reached.
    #[error("{} of {} messages were not accepted by {channel}: {}", refusals(fates), fates.len(), first_refusal(fates))]
    Refused {
        /// Where they were to go.
        channel: String,
        /// What became of each message of the call, in their order; at least one was refused.
        fates: Vec<Fate>,
    },
}

fn refusals(fates: &[Fate]) -> usize {
    fates.iter().filter(|fate| fate.is_err()).count()
}

fn first_refusal(fates: &[Fate]) -> String {
    fates.iter().find_map(|fate| fate.as_ref().err()).map(ToString::to_string).unwrap_or_default()
}

/// A passing refusal mostly passes within a second.
const TRIES: u32 = 4;

impl Publisher {
    /// A publisher that names itself `source` in its messages, such as the function's name.
    pub fn new(source: impl Into<String>, channel: impl Channel + 'static) -> Self {
        let backoff = Backoff {
            first: std::time::Duration::from_millis(100),
            longest: std::time::Duration::from_secs(2),
            ..Backoff::default()
        };
        let source = source.into();
        let channel: Arc<dyn Channel> = Arc::new(channel);
        Self {
            #[cfg(all(feature = "contract", feature = "lambda"))]
            place: crate::contract::export::publisher(&source, &channel),
            source,
            declared: Vec::new(),
            channel,
            later: None,
            clock: Clock::system(),
            tries: TRIES,
            backoff,
            verified: Arc::default(),
        }
    }

    /// A publisher that keeps its messages, for tests.
    pub fn memory(source: impl Into<String>) -> (Self, Sent) {
        let sent = Sent::default();
        (Self::new(source, sent.clone()), sent)
    }

    /// Declares that the publisher sends messages of this type, which its function's [contract](crate::contract) tells.
    ///
    /// Once one type is declared, others are refused: a declaration that forgets a type is noticed by the first message.
    ///
    /// ```
    /// # use aqueduct::{Payload, Publisher};
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize)]
    /// # struct OrderConfirmed {}
    /// # impl Payload for OrderConfirmed { const TYPE: &'static str = "OrderConfirmed"; }
    /// # #[derive(Serialize, Deserialize)]
    /// # struct OrderDeclined {}
    /// # impl Payload for OrderDeclined { const TYPE: &'static str = "OrderDeclined"; }
    /// # fn declare(events: Publisher) -> Publisher {
    /// events.sends::<OrderConfirmed>().sends::<OrderDeclined>()
    /// # }
    /// ```
    #[must_use]
    pub fn sends<T: Payload>(mut self) -> Self {
        #[cfg(all(feature = "contract", feature = "lambda"))]
        crate::contract::export::sends(self.place, Declared::of::<T>());
        self.declared.push(Declared::of::<T>());
        self
    }

    /// The same publisher with another clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// How often a message is sent that is refused for a passing reason, 4 times unless said otherwise, and what lies
    /// between.
    #[must_use]
    pub fn tries(mut self, tries: u32, backoff: Backoff) -> Self {
        self.tries = tries.max(1);
        self.backoff = backoff;
        self
    }

    /// Who sends what must wait longer than the channel can hold it back.
    #[must_use]
    pub fn later(mut self, later: impl Later + 'static) -> Self {
        self.later = Some(Arc::new(later));
        self
    }

    /// Publishes one message: data alone, or what a handled message [leads to](aqueduct_message::Message::followed_by).
    pub async fn publish(&self, message: impl IntoDraft) -> Result<Ack, PublishError> {
        let mut acks = self.publish_all([message.into_draft()]).await?;
        acks.pop().ok_or_else(|| PublishError::Refused { channel: self.channel.name(), fates: Vec::new() })
    }

    /// Publishes messages in their order, in as few requests as possible. Where one is refused the error tells what
    /// became of each.
    pub async fn publish_all<T: Payload>(
        &self,
        messages: impl IntoIterator<Item = Draft<T>>,
    ) -> Result<Vec<Ack>, PublishError> {
        let outgoing = messages.into_iter().map(|draft| self.prepare(&draft)).collect::<Result<Vec<_>, _>>()?;
        let fates = self.send(&outgoing).await;
        if fates.iter().all(Result::is_ok) {
            return Ok(fates.into_iter().flatten().collect());
        }
        Err(PublishError::Refused { channel: self.channel.name(), fates })
    }

    /// Writes a message as it will be sent, with an id and a time of its own: for [`Publisher::send`], and for an outbox.
    pub fn prepare<T: Payload>(&self, draft: &Draft<T>) -> Result<Outgoing, PublishError> {
        if !self.declared.is_empty() && self.declared.iter().all(|declared| declared.kind != T::TYPE) {
            let declared = self.declared.iter().map(|declared| declared.kind).collect::<Vec<_>>().join(", ");
            return Err(PublishError::Undeclared { kind: T::TYPE, channel: self.channel.name(), declared });
        }
        // As precise as AWS tells times, and no longer.
        let now = self.clock.now();
        let time = Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now);
        let mut header = draft.header(self.clock.id(), self.source.clone(), time);
        observe::stamp(&mut header);
        let body = match self.channel.format() {
            Format::CloudEvents => to_cloud_event(&header, &draft.data),
            Format::Detail => to_detail(&header, &draft.data),
        };
        let body = body.map_err(|error| PublishError::Encode { kind: T::TYPE, reason: error.to_string() })?;
        Ok(Outgoing { header, body, delay: draft.delay, stored: None })
    }

    pub(crate) async fn lighten<'a>(&self, message: &'a Outgoing, bytes: usize) -> Result<Cow<'a, Outgoing>, Refusal> {
        // The channel's answer borrows from the channel as well.
        self.channel.lighten(message, bytes).await.map(|light| match light {
            Cow::Owned(light) => Cow::Owned(light),
            Cow::Borrowed(_) => Cow::Borrowed(message),
        })
    }

    /// As [`Publisher::prepare`], for whoever takes at most so many bytes of a body: where it has more, a channel with
    /// [large bodies](crate::claim_check) stores it, now, and the message has a pointer in its place; other channels refuse. In an
    /// [outbox](crate::publish::Relay) the object must outlive the entry too.
    pub async fn prepare_within<T: Payload>(&self, draft: &Draft<T>, bytes: usize) -> Result<Outgoing, PublishError> {
        let message = self.prepare(draft)?;
        let light = self.lighten(&message, bytes).await.map(Cow::into_owned).and_then(|light| {
            let size = light.body.len();
            let words =
                || format!("its body has {size} bytes of at most {bytes}, and {} stores none", self.channel.name());
            if size > bytes { Err(Refusal::last("TooLarge", words())) } else { Ok(light) }
        });
        light.map_err(|refusal| PublishError::Refused { channel: self.channel.name(), fates: vec![Err(refusal)] })
    }
}
