//! Layers: what happens around handlers, record by record.

use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aqueduct_message::{Delivery, Header};
use futures_util::future::{BoxFuture, FutureExt as _};
use tokio::time::Instant;

use super::{Consumer, Outcome};

/// Something around every record: it sees the delivery before the handler and the outcome after it.
///
/// ```
/// use aqueduct::consume::{Layer, Next};
/// use aqueduct::{Delivery, Outcome};
/// use futures_util::future::{BoxFuture, FutureExt as _};
///
/// /// Handles nothing on Sundays.
/// #[derive(Debug)]
/// struct ClosedOnSundays;
///
/// impl Layer for ClosedOnSundays {
///     fn handle<'a>(&'a self, delivery: &'a Delivery<'a>, next: Next<'a>) -> BoxFuture<'a, Outcome> {
///         async move {
///             // ...
///             next.run(delivery).await
///         }
///         .boxed()
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a layer",
    label = "not a `Layer`",
    note = "a layer is a struct with `impl aqueduct::consume::Layer`; those of the toolkit are in `aqueduct::consume::layers`"
)]
pub trait Layer: fmt::Debug + Send + Sync {
    /// Handles a record by calling [`Next::run`], or without.
    fn handle<'a>(&'a self, delivery: &'a Delivery<'a>, next: Next<'a>) -> BoxFuture<'a, Outcome>;

    /// For how long the layer remembers a message, so that a duplicate has no effect: for contracts. `None` when it
    /// remembers none.
    fn remembers(&self) -> Option<Duration> {
        None
    }
}

/// The layers further in, and the handler.
#[derive(Clone, Copy, Debug)]
pub struct Next<'a> {
    pub(super) consumer: &'a Consumer,
    pub(super) layers: &'a [Arc<dyn Layer>],
    pub(super) call: &'a Call,
}

/// What is known of one record's handling.
#[derive(Debug, Default)]
pub(super) struct Call {
    pub(super) deadline: Option<Instant>,
    /// What the innermost read, which may have been another body than the one that came.
    pub(super) header: OnceLock<Header>,
    pub(super) skipped: std::sync::atomic::AtomicBool,
}

impl<'a> Next<'a> {
    /// Hands the record on. It may be called again, which tries the record again, and with another delivery, such as
    /// one whose body has been fetched from elsewhere.
    pub fn run<'b>(self, delivery: &'b Delivery<'b>) -> BoxFuture<'b, Outcome>
    where
        'a: 'b,
    {
        match self.layers.split_first() {
            Some((layer, layers)) => layer.handle(delivery, Next { layers, ..self }),
            None => self.consumer.dispatch(delivery, self.call).boxed(),
        }
    }

    /// When the record must be finished, where a deadline is known.
    pub fn deadline(&self) -> Option<Instant> {
        self.call.deadline
    }
}
