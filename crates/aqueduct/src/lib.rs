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
//! #[tokio::main(flavor = "local")]
//! async fn main() -> Result<(), aqueduct::lambda::Error> {
//!     aqueduct::lambda::run(Consumer::new(dispatch)).await
//! }
//! ```
//!
//! [`consume`] says what becomes of a message, [`consume::layers`] what can stand around a handler, [`publish`] how messages go
//! out, [`idempotency`] how an effect happens once, [`status`] and [`http`] what a user reads of a request meanwhile.
//!
//! # Features
//!
//! | feature | what it brings |
//! |---|---|
//! | `derive`, by default | `#[derive(Payload)]` |
//! | `lambda`, by default | `lambda::run` and `lambda::run_http`: the entry point, with logs, metrics and deadlines as Lambda has them |
//! | `sqs` | `aws::Queue`, to publish to; `aws::SqsRedelivery`, which carries out waits and rejections |
//! | `sns` | `aws::Topic`, to publish to |
//! | `eventbridge` | `aws::Bus`, to publish to |
//! | `scheduler` | `aws::Scheduler`, for what must wait longer than a queue can hold it |
//! | `dynamodb` | `aws::DynamoDbClaims`, `DynamoDbStatuses`, `DynamoDbOutbox` and `DynamoDbCircuits` |
//! | `s3` | `aws::S3Objects`, for bodies that are too large for a message |
//! | `aws` | `aws::load_config` and, with `lambda`, `aws::Environment`; each of the services above brings it |
//! | `contract` | `contract`: what a function consumes, publishes and relies on, told for `aqueduct check` |
//! | `otel` | spans for an OpenTelemetry collector |
//! | `env-filter` | `RUST_LOG` by span as well, such as `[message]=debug`; regular expressions come with it |
//!
//! A consumer that takes messages from SQS needs none of them but `lambda`: `sqs` is for who publishes, holds back or rejects.

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
