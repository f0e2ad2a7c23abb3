//! What a type must tell about itself to travel as a message.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A type that travels as a message's data.
///
/// ```
/// use aqueduct_message::Payload;
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Serialize, Deserialize)]
/// struct OrderConfirmed {
///     order: String,
///     customer: String,
/// }
///
/// impl Payload for OrderConfirmed {
///     const TYPE: &'static str = "OrderConfirmed";
///
///     fn subject(&self) -> Option<String> {
///         Some(self.order.clone())
///     }
///
///     fn group(&self) -> Option<String> {
///         Some(self.customer.clone())
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how it travels as a message",
    label = "not a `Payload`",
    note = "derive or implement `aqueduct::Payload` for `{Self}`: its `TYPE`, and what it is about"
)]
pub trait Payload: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The message type: the CloudEvents `type`, EventBridge's `detail-type`, the SNS attribute `type`.
    /// EventBridge allows 128 characters.
    const TYPE: &'static str;

    /// The version of the data's schema, for contracts. Data of another version should be readable, or be another type.
    const VERSION: &'static str = "1";

    /// Whether every message has a [group](Payload::group), for contracts; `None` when that is not said.
    const GROUPED: Option<bool> = None;

    /// The JSON Schema of the data, for contracts; `None` says nothing of it. `aqueduct::contract::schema_of` makes it.
    fn schema() -> Option<Value> {
        None
    }

    /// What the message is about, such as an order's id: the CloudEvents `subject`. Status records are kept by it.
    fn subject(&self) -> Option<String> {
        None
    }

    /// What makes the message idempotent: two messages of one type with the same key ask for the same effect once.
    /// It must come from the business, never from the transport, so that it survives a redrive. By default the
    /// subject; without a subject, the message's own id.
    fn key(&self) -> Option<String> {
        self.subject()
    }

    /// The message group: messages of one group are handled in order on FIFO queues, and are one tenant of a fair
    /// queue. At most 128 characters.
    fn group(&self) -> Option<String> {
        None
    }
}

/// A type whose data borrows from the message that it is read from, so that no text is copied. It is for reading only.
///
/// It is told of by the type with the lifetime `'static`, which stands for all the others:
///
/// ```
/// use std::borrow::Cow;
///
/// use aqueduct_message::BorrowedPayload;
/// use serde::Deserialize;
///
/// #[derive(Deserialize)]
/// struct OrderView<'a> {
///     order: &'a str,
///     #[serde(borrow)]
///     note: Cow<'a, str>,
/// }
///
/// impl BorrowedPayload for OrderView<'static> {
///     const TYPE: &'static str = "OrderConfirmed";
///     type Data<'a> = OrderView<'a>;
/// }
/// ```
///
/// A `&str` takes only text without escapes, such as ids; a `Cow<str>` takes any text, and copies it where it must.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not say how it is read from a message that it borrows from",
    label = "not a `BorrowedPayload`",
    note = "implement `aqueduct::BorrowedPayload` for `{Self}` with the lifetime `'static`: its `TYPE` and its `Data<'a>`"
)]
pub trait BorrowedPayload: 'static {
    /// The message type, as [`Payload::TYPE`].
    const TYPE: &'static str;

    /// The version of the data's schema, as [`Payload::VERSION`].
    const VERSION: &'static str = "1";

    /// The JSON Schema of the data, as [`Payload::schema`].
    fn schema() -> Option<Value> {
        None
    }

    /// The same type with the lifetime of a message.
    type Data<'a>: Deserialize<'a> + Send;

    /// What makes a message without an envelope idempotent, as [`Payload::key`]; others bring their keys along.
    fn key(_data: &Self::Data<'_>) -> Option<String> {
        None
    }
}
