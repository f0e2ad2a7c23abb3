//! Handlers: what users write.

use std::future::Future;

use aqueduct_message::{BorrowedPayload, Message, Payload};

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

/// Handles messages of one type whose data borrows from what came: what [`Handler`] is for, without a copy of any text. It is
/// given to a consumer by [`Consumer::borrowing`](crate::Consumer::borrowing).
///
/// An `async fn` from a [`Message`] of the borrowing type is such a handler, and so is a struct:
///
/// ```
/// use aqueduct::{BorrowedPayload, Consumer, Failure, Message};
/// use aqueduct::consume::BorrowingHandler;
/// # #[derive(serde::Deserialize)]
/// # struct OrderView<'a> { order: &'a str }
/// # impl BorrowedPayload for OrderView<'static> {
/// #     const TYPE: &'static str = "OrderConfirmed";
/// #     type Data<'a> = OrderView<'a>;
/// # }
///
/// async fn dispatch(message: Message<OrderView<'_>>) -> Result<(), Failure> {
///     Ok(())
/// }
///
/// struct Notifier {/* clients */}
///
/// impl BorrowingHandler<OrderView<'static>> for Notifier {
///     async fn handle(&self, message: Message<OrderView<'_>>) -> Result<(), Failure> {
///         Ok(())
///     }
/// }
///
/// let one = Consumer::borrowing::<OrderView<'_>>(dispatch);
/// let other = Consumer::borrowing(Notifier {});
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not handle messages that `{T}` borrows from",
    label = "not a handler of borrowed `{T}`",
    note = "a handler of borrowed data is an `async fn(Message<Data<'_>>) -> Result<(), Failure>`, or a struct with `impl BorrowingHandler<Data<'static>>`"
)]
pub trait BorrowingHandler<T: BorrowedPayload>: Send + Sync + 'static {
    /// Gives the message its effect, as [`Handler::handle`] does.
    fn handle<'a>(&'a self, message: Message<T::Data<'a>>) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// A function from a message with one lifetime; a [`BorrowingHandler`] is one for every lifetime.
#[doc(hidden)]
pub trait BorrowingFn<'a, T: BorrowedPayload>: Send + Sync + 'static {
    type Handling: Future<Output = Result<(), Failure>> + Send;

    fn call(&self, message: Message<T::Data<'a>>) -> Self::Handling;
}

impl<'a, T, F, R> BorrowingFn<'a, T> for F
where
    T: BorrowedPayload,
    F: Fn(Message<T::Data<'a>>) -> R + Send + Sync + 'static,
    R: Future<Output = Result<(), Failure>> + Send,
{
    type Handling = R;

    fn call(&self, message: Message<T::Data<'a>>) -> R {
        self(message)
    }
}

#[diagnostic::do_not_recommend]
impl<T: BorrowedPayload, F: for<'a> BorrowingFn<'a, T>> BorrowingHandler<T> for F {
    fn handle<'a>(&'a self, message: Message<T::Data<'a>>) -> impl Future<Output = Result<(), Failure>> + Send {
        self.call(message)
    }
}
