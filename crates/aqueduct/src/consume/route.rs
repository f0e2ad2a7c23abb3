//! The way from an envelope to its handler, without the handler's types.

use std::marker::PhantomData;

use aqueduct_message::{BorrowedPayload, DecodeError, Envelope, Payload};
use futures_util::future::BoxFuture;

use super::handler::BorrowingHandler;
use super::{Failure, Handler};

/// What a handler said, unless the message could not be read for it.
pub(super) type Handled = Result<Result<(), Failure>, DecodeError>;

/// Reads messages of one type for the handler behind it.
pub(super) trait Route: Send + Sync {
    fn handle<'a>(&'a self, envelope: Envelope<'a>) -> BoxFuture<'a, Handled>;

    /// What it handles, for contracts.
    #[cfg(feature = "contract")]
    fn event(&self) -> aqueduct_contract::EventContract;
}

/// The way to a handler of data that owns itself.
pub(super) struct Owned<T, H> {
    handler: H,
    data: PhantomData<fn(T)>,
}

impl<T, H> Owned<T, H> {
    pub(super) const fn new(handler: H) -> Self {
        Self { handler, data: PhantomData }
    }
}

impl<T: Payload, H: Handler<T>> Route for Owned<T, H> {
    fn handle<'a>(&'a self, envelope: Envelope<'a>) -> BoxFuture<'a, Handled> {
        Box::pin(async move {
            let message = envelope.decode::<T>()?;
            Ok(self.handler.handle(message).await)
        })
    }

    #[cfg(feature = "contract")]
    fn event(&self) -> aqueduct_contract::EventContract {
        crate::contract::event(T::TYPE, T::VERSION, T::schema())
    }
}

/// The way to a handler of data that borrows from the envelope, which lives as long as the handling.
pub(super) struct Borrowed<T, H> {
    handler: H,
    data: PhantomData<fn(T)>,
}

impl<T, H> Borrowed<T, H> {
    pub(super) const fn new(handler: H) -> Self {
        Self { handler, data: PhantomData }
    }
}

impl<T: BorrowedPayload, H: BorrowingHandler<T>> Route for Borrowed<T, H> {
    fn handle<'a>(&'a self, mut envelope: Envelope<'a>) -> BoxFuture<'a, Handled> {
        Box::pin(async move {
            let message = envelope.decode_borrowed::<T>()?;
            Ok(self.handler.handle(message).await)
        })
    }

    #[cfg(feature = "contract")]
    fn event(&self) -> aqueduct_contract::EventContract {
        crate::contract::event(T::TYPE, T::VERSION, T::schema())
    }
}
