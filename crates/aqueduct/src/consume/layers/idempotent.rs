//! Whole handlers, once.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aqueduct_message::{Delivery, Envelope, Form, Header, Payload, Trigger};
use futures_util::future::{BoxFuture, FutureExt as _};

use crate::consume::{Layer, Next, Outcome};
use crate::idempotency::{Begun, Idempotency};

type Key = Arc<dyn Fn(&Header, &str) -> Option<String> + Send + Sync>;

/// Handles each message once: a duplicate of one that is done is done. A record that fails, is postponed or rejected is
/// handled again when it comes back.
///
/// The identity of a message is the consumer's name, the message's type and its
/// [key or id](Header::idempotency_key), so that several functions can share a store, and a redriven message is the same
/// message. Raw JSON in SQS has neither key nor id, and SQS's own id changes with a redrive: name one with
/// [`Idempotent::key`] or [`Idempotent::key_of`], or such a message is rejected, kind `NoIdentity`. A message whose key came
/// with other data before is rejected, kind `KeyReused`.
///
/// The handler runs again after a crash between its end and the record of it. An effect that must not be repeated even
/// then is guarded in the handler, by [`Idempotency::key`].
///
/// ```
/// use aqueduct::consume::layers::Idempotent;
/// use aqueduct::idempotency::{Idempotency, MemoryClaims};
/// # use aqueduct::{Consumer, Failure, Message, Payload};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize)]
/// # struct Order {}
/// # impl Payload for Order { const TYPE: &'static str = "Order"; }
/// # async fn ship(order: Message<Order>) -> Result<(), Failure> { Ok(()) }
/// let once = Idempotency::new(MemoryClaims::default());
/// let consumer = Consumer::new(ship).layer(Idempotent::new(once));
/// ```
#[derive(Clone)]
pub struct Idempotent {
    idempotency: Idempotency,
    key: Option<Key>,
}

impl Idempotent {
    /// Keeps its claims where `idempotency` does.
    pub fn new(idempotency: Idempotency) -> Self {
        Self { idempotency, key: None }
    }

    /// What makes a message idempotent, from its header and its data, JSON text. Where it says `None` the header's key or
    /// id counts.
    #[must_use]
    pub fn key(mut self, key: impl Fn(&Header, &str) -> Option<String> + Send + Sync + 'static) -> Self {
        self.key = Some(Arc::new(key));
        self
    }

    /// Takes the key from the data, as [`Payload::key`] of this type says: for raw JSON.
    #[must_use]
    pub fn key_of<T: Payload>(self) -> Self {
        self.key(|_, data| serde_json::from_str::<T>(data).ok()?.key())
    }

    /// What the message is known by; `None` where nothing survives a redrive.
    fn identity(&self, envelope: &Envelope<'_>, delivery: &Delivery<'_>) -> Option<String> {
        let header = &envelope.header;
        if let Some(key) = self.key.as_ref().and_then(|key| key(header, &envelope.data)) {
            return Some(key);
        }
        let nameless = header.key.is_none() && envelope.layout.form == Form::Raw && delivery.trigger == Trigger::Sqs;
        (!nameless).then(|| header.idempotency_key().to_owned())
    }

    async fn once(&self, delivery: &Delivery<'_>, next: Next<'_>) -> Outcome {
        // The innermost says what is wrong with it.
        let Ok(envelope) = Envelope::read(delivery) else { return next.run(delivery).await };
        let Some(identity) = self.identity(&envelope, delivery) else {
            let words =
                "the message has no id or key that survives a redrive; name one with `Idempotent::key` or `key_of`";
            return Outcome::reject("NoIdentity", words);
        };
        let key = format!("{}/{}/{identity}", next.consumer.name, envelope.header.kind);
        let once = self.idempotency.key(key).fingerprint(crate::idempotency::of_text(&envelope.data));
        drop(envelope);
        let held = match once.begin().await {
            Ok(Begun::Before(_)) => return Outcome::Done,
            Ok(Begun::Now(held)) => held,
            Err(failure) => return failure.into_parts().0,
        };
        match next.run(delivery).await {
            Outcome::Done => match held.complete(&()).await {
                Ok(()) => Outcome::Done,
                Err(failure) => failure.into_parts().0,
            },
            other => {
                held.release().await;
                other
            }
        }
    }
}

impl fmt::Debug for Idempotent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Idempotent").field("idempotency", &self.idempotency).finish_non_exhaustive()
    }
}

impl Layer for Idempotent {
    fn handle<'a>(&'a self, delivery: &'a Delivery<'a>, next: Next<'a>) -> BoxFuture<'a, Outcome> {
        self.once(delivery, next).boxed()
    }

    fn remembers(&self) -> Option<Duration> {
        Some(self.idempotency.keeps())
    }
}
