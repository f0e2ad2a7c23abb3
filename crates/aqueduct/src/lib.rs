//! Handlers and publishers for SQS, SNS and EventBridge on AWS Lambda.
//!
//! A handler is one `async fn` over a typed message that returns what happened. The toolkit makes it right behind any
//! trigger: partial batch failure, FIFO order, backoff, dead-lettering with the reason, the Lambda deadline.
//!
//! ```no_run
//! use aqueduct::{Consumer, Failure, Message, Payload};
//! use serde::{Deserialize, Serialize};
//!
//! #[derive(Serialize, Deserialize)]
//! struct OrderConfirmed { order: String }
//!
//! impl Payload for OrderConfirmed { const TYPE: &'static str = "OrderConfirmed"; }
//!
//! async fn dispatch(message: Message<OrderConfirmed>) -> Result<(), Failure> {
//!     tracing::info!(order = message.data.order, "on its way");
//!     Ok(())
//! }
//!
//! #[tokio::main(flavor = "current_thread")]
//! async fn main() -> Result<(), aqueduct::lambda::Error> {
//!     aqueduct::lambda::run(Consumer::new(dispatch)).await
//! }
//! ```

mod clock;

pub mod aws;
pub mod claim_check;
pub mod consume;
#[cfg(feature = "contract")]
pub mod contract;
pub mod http;
pub mod idempotency;
#[cfg(feature = "lambda")]
pub mod lambda;
pub mod observe;
pub mod publish;
pub mod status;

#[cfg(feature = "derive")]
pub use aqueduct_derive::Payload;
pub use aqueduct_message::{BorrowedPayload, Delivery, Draft, Header, IntoDraft, Message, Payload, Tick, Trigger};
pub use clock::Clock;
pub use consume::{Backoff, Change, Consumer, Failure, Handler, Outcome};
pub use publish::Publisher;
