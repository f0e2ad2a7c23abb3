//! Handlers: what users write.

use std::future::Future;

use aqueduct_message::{Message, Payload};

use crate::Failure;

/// Handles messages of one type.
///
/// A function or closure from [`Message<T>`] is a handler. A struct that holds clients implements it:
///
/// ```
/// use aqueduct::{Failure, Handler, Message, Payload};
/// # use serde::{Deserialize, Serialize};
/// # #[derive(Serialize, Deserialize)]
/// # struct OrderConfirmed {}
/// # impl Payload for OrderConfirmed { const TYPE: &'static str = "OrderConfirmed"; }
///
/// struct Notifier {/* clients */}
///
/// impl Handler<OrderConfirmed> for Notifier {
///     async fn handle(&self, message: Message<OrderConfirmed>) -> Result<(), Failure> {
///         Ok(())
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not handle messages of type `{T}`",
    label = "not a handler of `Message<{T}>`",
    note = "a handler is an `async fn(Message<{T}>) -> Result<(), Failure>`, or a struct with `impl Handler<{T}>`",
    note = "`{T}` is a message's data, and so implements `aqueduct::Payload`"
)]
pub trait Handler<T: Payload>: Send + Sync + 'static {
    /// Gives the message its effect. It may be called again with the same message: SQS, SNS and EventBridge deliver
    /// at least once.
    fn handle(&self, message: Message<T>) -> impl Future<Output = Result<(), Failure>> + Send;
}

#[diagnostic::do_not_recommend]
impl<T, F, R> Handler<T> for F
where
    T: Payload,
    F: Fn(Message<T>) -> R + Send + Sync + 'static,
    R: Future<Output = Result<(), Failure>> + Send,
{
    fn handle(&self, message: Message<T>) -> impl Future<Output = Result<(), Failure>> + Send {
        self(message)
    }
}

/// A shared handler handles, so that one struct can stand for several types.
#[diagnostic::do_not_recommend]
impl<T: Payload, H: Handler<T>> Handler<T> for std::sync::Arc<H> {
    fn handle(&self, message: Message<T>) -> impl Future<Output = Result<(), Failure>> + Send {
        self.as_ref().handle(message)
    }
}
