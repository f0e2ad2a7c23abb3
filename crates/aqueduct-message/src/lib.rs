//! Messages, envelopes and deliveries, and how they are read out of what Lambda hands over.
//!
//! ```
//! use aqueduct_message::{Envelope, read_event};
//!
//! let event = r#"{"Records":[{"messageId":"1","eventSource":"aws:sqs","body":
//!     "{\"specversion\":\"1.0\",\"id\":\"m-1\",\"type\":\"OrderPlaced\",\"source\":\"shop\",\"data\":{}}"}]}"#;
//! let batch = read_event(event)?;
//! let envelope = Envelope::read(&batch.deliveries[0])?;
//! assert_eq!(envelope.header.kind, "OrderPlaced");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod delivery;
mod envelope;
mod event;
mod layout;
mod message;
mod payload;
mod peek;
mod reader;
mod scan;
mod text;
mod tick;
mod unescape;
mod unquoted;
mod wrapped;

pub use delivery::{Attribute, Delivery, Trigger};
pub use envelope::{DecodeError, Envelope, to_cloud_event, to_detail};
pub use event::{Batch, Change, ChangeKind, EventError, read_event};
pub use layout::{Form, Layout, Wrapping};
pub use message::{Draft, Header, IntoDraft, Message};
pub use payload::{BorrowedPayload, Payload};
pub use peek::{subject_in, subject_of};
pub use tick::Tick;
pub use wrapped::{NESTING_MAX, Notification, Segment, Wrapped};
