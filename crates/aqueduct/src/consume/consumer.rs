//! The consumer: handlers by message type, and what is done when they fail.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use aqueduct_message::{DecodeError, Envelope, Payload};
use futures_util::future::BoxFuture;

use super::{Backoff, Failure, Handler, Redelivery, Watch};

type Route = Box<dyn Fn(Envelope) -> Result<BoxFuture<'static, Result<(), Failure>>, DecodeError> + Send + Sync>;

/// What becomes of a message whose type no handler takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unknown {
    /// To the dead-letter queue, with the reason.
    #[default]
    Reject,
    /// Done with, and a warning in the log.
    Skip,
    /// It comes back, until the queue's `maxReceiveCount` ends it.
    Retry,
}

/// One or more handlers behind a trigger.
///
/// ```
/// use aqueduct::{Consumer, Failure, Message, Payload};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize)]
/// # struct OrderConfirmed {}
/// # impl Payload for OrderConfirmed { const TYPE: &'static str = "OrderConfirmed"; }
///
/// async fn dispatch(order: Message<OrderConfirmed>) -> Result<(), Failure> {
///     Ok(())
/// }
///
/// let consumer = Consumer::new(dispatch);
/// ```
pub struct Consumer {
    routes: BTreeMap<&'static str, Route>,
    pub(super) unknown: Unknown,
    pub(super) backoff: Backoff,
    pub(super) concurrency: usize,
    pub(super) redelivery: Option<Arc<dyn Redelivery>>,
    pub(super) watch: Option<Arc<dyn Watch>>,
}

impl Consumer {
    /// A consumer with one handler.
    pub fn new<T: Payload>(handler: impl Handler<T>) -> Self {
        let consumer = Self {
            routes: BTreeMap::new(),
            unknown: Unknown::default(),
            backoff: Backoff::default(),
            concurrency: 10,
            redelivery: None,
            watch: None,
        };
        consumer.on(handler)
    }

    /// Adds the handler of another message type; a second handler of a type takes the first one's place.
    #[must_use]
    pub fn on<T: Payload>(mut self, handler: impl Handler<T>) -> Self {
        let handler = Arc::new(handler);
        let route: Route = Box::new(move |envelope| {
            let message = envelope.decode::<T>()?;
            let handler = Arc::clone(&handler);
            Ok(Box::pin(async move { handler.handle(message).await }))
        });
        self.routes.insert(T::TYPE, route);
        self
    }

    /// What becomes of messages of other types.
    #[must_use]
    pub fn unknown(mut self, unknown: Unknown) -> Self {
        self.unknown = unknown;
        self
    }

    /// How long failed messages stay away. It takes a [`Consumer::redelivery`]; without one, a failed message
    /// comes back when its visibility timeout ends.
    #[must_use]
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// How many records of a batch are handled at a time, 10 unless said otherwise. Records of one group of a FIFO
    /// queue are always handled one after the other.
    #[must_use]
    pub fn concurrency(mut self, records: usize) -> Self {
        self.concurrency = records.max(1);
        self
    }

    /// Who holds failed messages back and takes rejected ones out of the way. Without it a rejected message is
    /// reported as failed, and the queue's `maxReceiveCount` brings it to the dead-letter queue.
    #[must_use]
    pub fn redelivery(mut self, redelivery: impl Redelivery + 'static) -> Self {
        self.redelivery = Some(Arc::new(redelivery));
        self
    }

    /// Who is told of failures, such as the [status](crate::status) that users read.
    #[must_use]
    pub fn watch(mut self, watch: Arc<dyn Watch>) -> Self {
        self.watch = Some(watch);
        self
    }

    /// The route of an envelope. A raw body has no type: the only handler takes it, several cannot tell.
    pub(super) fn route(&self, envelope: &Envelope) -> Option<&Route> {
        if envelope.header.kind.is_empty() && self.routes.len() == 1 {
            return self.routes.values().next();
        }
        self.routes.get(envelope.header.kind.as_str())
    }

    pub(super) fn types(&self) -> String {
        self.routes.keys().copied().collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Debug for Consumer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Consumer").field("types", &self.types()).finish_non_exhaustive()
    }
}
