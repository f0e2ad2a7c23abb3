//! The consumer: handlers by message type, and what is done when they fail.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aqueduct_message::{BorrowedPayload, Envelope, Layout, Payload, Trigger};

use super::route::{Borrowed, Owned, Route};
use super::unheard::Unheard;
use super::{Backoff, BorrowingHandler, Handler, Layer, Needs, Redelivery, Watch};
use crate::Clock;
use crate::observe::{Metrics, Payloads};

/// What becomes of a message whose type no handler takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unknown {
    /// To the dead-letter queue, with the reason.
    #[default]
    Reject,
    /// Done with, a warning in the log, and a count in the [`Tally`](super::Tally).
    Skip,
    /// It comes back, until the queue's `maxReceiveCount` ends it.
    Retry,
}

/// What becomes of an invocation all of whose records failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FullFailure {
    /// The batch response says so, as it does for some of them, and a warning is logged. Lambda does not count it as a
    /// function error, and does not slow the poller down.
    #[default]
    Respond,
    /// The invocation fails, so that it counts as a function error. Waits and rejections are carried out all the same.
    Fail,
}

/// What takes out of words what must not be seen.
pub(super) type Redact = Box<dyn Fn(&str) -> String + Send + Sync>;

/// What is kept of the remaining time unless said otherwise.
const MARGIN: Duration = Duration::from_millis(500);

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
    routes: BTreeMap<&'static str, Box<dyn Route>>,
    pub(crate) name: String,
    pub(super) unknown: Unknown,
    pub(super) full_failure: FullFailure,
    pub(crate) layouts: Vec<Layout>,
    pub(crate) triggers: Vec<Trigger>,
    pub(crate) layers: Vec<Arc<dyn Layer>>,
    pub(crate) needs: Needs,
    pub(crate) backoff: Backoff,
    pub(crate) attempts: Option<u32>,
    pub(super) margin: Duration,
    pub(super) concurrency: usize,
    pub(crate) redelivery: Option<Arc<dyn Redelivery>>,
    pub(super) watch: Option<Arc<dyn Watch>>,
    pub(super) metrics: Option<Metrics>,
    pub(super) payloads: Option<Payloads>,
    pub(super) redact: Option<Redact>,
    pub(super) unheard: Unheard,
    /// Whether it was said what becomes of metrics.
    is_decided: bool,
    pub(super) clock: Clock,
}

impl Consumer {
    /// A consumer with one handler.
    pub fn new<T: Payload>(handler: impl Handler<T>) -> Self {
        Self::empty().on(handler)
    }

    /// A consumer with one handler whose data borrows from the message.
    pub fn borrowing<T: BorrowedPayload>(handler: impl BorrowingHandler<T>) -> Self {
        Self::empty().on_borrowed(handler)
    }

    fn empty() -> Self {
        Self {
            routes: BTreeMap::new(),
            name: String::new(),
            unknown: Unknown::default(),
            full_failure: FullFailure::default(),
            layouts: Vec::new(),
            triggers: Vec::new(),
            layers: Vec::new(),
            needs: Needs::default(),
            backoff: Backoff::default(),
            attempts: None,
            margin: MARGIN,
            concurrency: 10,
            redelivery: None,
            watch: None,
            metrics: None,
            payloads: None,
            redact: None,
            unheard: Unheard::default(),
            is_decided: false,
            clock: Clock::default(),
        }
    }

    /// Adds the handler of another message type; a second handler of a type takes the first one's place.
    #[must_use]
    pub fn on<T: Payload>(mut self, handler: impl Handler<T>) -> Self {
        self.routes.insert(T::TYPE, Box::new(Owned::new(handler)));
        self
    }

    /// Adds a handler as [`Consumer::on`] does, whose data borrows from the message.
    #[must_use]
    pub fn on_borrowed<T: BorrowedPayload>(mut self, handler: impl BorrowingHandler<T>) -> Self {
        self.routes.insert(T::TYPE, Box::new(Borrowed::new(handler)));
        self
    }

    /// The name that rejected messages are stamped with: the function's, unless said otherwise.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// What becomes of messages of other types.
    #[must_use]
    pub fn unknown(mut self, unknown: Unknown) -> Self {
        self.unknown = unknown;
        self
    }

    /// What becomes of an invocation all of whose records failed.
    #[must_use]
    pub fn full_failure(mut self, full_failure: FullFailure) -> Self {
        self.full_failure = full_failure;
        self
    }

    /// How messages must be wrapped; any other is rejected. Unless declared, every [`Layout`] is taken, each told by
    /// fields that only it has.
    #[must_use]
    pub fn layouts(mut self, layouts: impl IntoIterator<Item = Layout>) -> Self {
        self.layouts = layouts.into_iter().collect();
        self
    }

    /// What may trigger the function; an event of anything else fails the invocation. Unless declared, everything may.
    #[must_use]
    pub fn triggers(mut self, triggers: impl IntoIterator<Item = Trigger>) -> Self {
        self.triggers = triggers.into_iter().collect();
        self
    }

    /// Adds a layer inside those added before, so that the first sees a record first. [`layers`](super::layers) says
    /// which order is right.
    #[must_use]
    pub fn layer(mut self, layer: impl Layer + 'static) -> Self {
        self.layers.push(Arc::new(layer));
        self
    }

    /// How long failed messages stay away. It takes a [`Consumer::redelivery`]; without one, a failed message
    /// comes back when its visibility timeout ends.
    #[must_use]
    pub fn backoff(mut self, backoff: Backoff) -> Self {
        self.backoff = backoff;
        self
    }

    /// After how many receives a message that fails again is rejected, with its last failure as the reason. Unless said,
    /// it is the queue's `maxReceiveCount`, which [`Consumer::redelivery`] looks up: SQS itself would move the message at
    /// its next receive and say nothing.
    ///
    /// An attempt that a crash or a timeout of the function ends says nothing either. With some receives fewer than the
    /// queue's `maxReceiveCount`, a message whose attempts all ended so is tried on in the receives that are left, and the
    /// queue's last one rejects it untried, so that whoever watches is told.
    #[must_use]
    pub fn attempts(mut self, receives: u32) -> Self {
        self.attempts = Some(receives.max(1));
        self
    }

    /// What is kept of the function's time to write the answer, half a second unless said otherwise. When no more than this
    /// is left before Lambda's deadline, no record is begun, those at work are stopped and come back, and what was done
    /// stays done.
    #[must_use]
    pub fn margin(mut self, margin: Duration) -> Self {
        self.margin = margin;
        self
    }

    /// How many records of a batch are handled at a time, 10 unless said otherwise. Records of one group of a FIFO
    /// queue, of one shard or of one partition are always handled one after the other.
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

    /// What the handlers rely on, which the function's [contract](crate::contract) tells.
    #[must_use]
    pub fn needs(mut self, needs: Needs) -> Self {
        self.needs = needs;
        self
    }

    /// Who is told of failures, such as [`StatusWatch`](crate::status::StatusWatch) for the status that users read.
    #[must_use]
    pub fn watch(mut self, watch: Arc<dyn Watch>) -> Self {
        self.watch = Some(watch);
        self
    }

    /// The metrics of its invocations, or [`Metrics::off`]. Unless said otherwise, [`lambda::run`](crate::lambda) turns them on.
    #[must_use]
    pub fn metrics(mut self, metrics: Metrics) -> Self {
        self.metrics = metrics.are_on().then_some(metrics);
        self.is_decided = true;
        self
    }

    /// Writes the payload of each message that can be read to the log, as [`Payloads`] leave it: for development, and where it is
    /// known what payloads may say. Unless asked, no payload is logged.
    #[must_use]
    pub fn log_payloads(mut self, payloads: Payloads) -> Self {
        self.payloads = Some(payloads);
        self
    }

    /// Passes the words of every failure through a function before anybody sees them: in the log, on a rejected message, in
    /// the status that its user reads, in the answer to who invoked the function. The toolkit itself quotes no payload; errors
    /// that a handler passes on may.
    ///
    /// ```
    /// # use aqueduct::{Consumer, Failure, Message, Payload};
    /// # use serde::{Deserialize, Serialize};
    /// # #[derive(Serialize, Deserialize)]
    /// # struct Order {}
    /// # impl Payload for Order { const TYPE: &'static str = "Order"; }
    /// # async fn ship(order: Message<Order>) -> Result<(), Failure> { Ok(()) }
    /// let digits = |words: &str| words.replace(|letter: char| letter.is_ascii_digit(), "#");
    /// let consumer = Consumer::new(ship).redact(digits);
    /// ```
    #[must_use]
    pub fn redact(mut self, redact: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        self.redact = Some(Box::new(redact));
        self
    }

    /// The same consumer with another clock.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Gives it a name unless it has one.
    #[must_use]
    pub fn named_unless(mut self, name: impl FnOnce() -> String) -> Self {
        if self.name.is_empty() {
            self.name = name();
        }
        self
    }

    #[cfg(feature = "lambda")]
    pub(crate) fn measured_unless<E>(self, metrics: impl FnOnce() -> Result<Metrics, E>) -> Result<Self, E> {
        if self.is_decided { Ok(self) } else { Ok(self.metrics(metrics()?)) }
    }

    /// Lets its metrics pass Lambda's filter of levels, whoever set them up.
    #[cfg(feature = "lambda")]
    pub(crate) fn past_filter(mut self, level: &str) -> Self {
        self.metrics = self.metrics.map(|metrics| metrics.past_filter(level));
        self
    }

    /// The route of an envelope. A raw body has no type: the only handler takes it, several cannot tell.
    pub(super) fn route(&self, envelope: &Envelope<'_>) -> Option<&dyn Route> {
        if envelope.header.kind.is_empty() && self.routes.len() == 1 {
            return self.routes.values().next().map(Box::as_ref);
        }
        self.routes.get(envelope.header.kind.as_str()).map(Box::as_ref)
    }

    /// What it handles, for contracts.
    #[cfg(feature = "contract")]
    pub(crate) fn events(&self) -> impl Iterator<Item = aqueduct_contract::EventContract> {
        self.routes.values().map(|route| route.event())
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
