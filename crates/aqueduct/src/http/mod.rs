//! HTTP behind a Lambda function URL: requests, responses and problems.
//!
//! A function that takes a request, answers at once, and lets its user follow it. [`Follow`] does the following: entity tags, waits, and
//! changes as a stream of events.
//!
//! ```
//! use std::error::Error;
//! use std::sync::Arc;
//!
//! use aqueduct::http::{Follow, Problem, Request, Response};
//! use aqueduct::status::{State, Status, Statuses, Step};
//! use aqueduct::{Clock, Payload, Publisher};
//!
//! # #[derive(serde::Serialize, serde::Deserialize)]
//! # struct PlaceOrder { id: String, customer: String }
//! # impl Payload for PlaceOrder { const TYPE: &'static str = "PlaceOrder"; }
//! async fn answer(
//!     request: Request,
//!     statuses: Arc<dyn Statuses>,
//!     orders: Publisher,
//! ) -> Result<Response, Box<dyn Error>> {
//!     let nothing = || Problem::new(404, "not-found", "Not found", "There is nothing here.").into();
//!     match (request.method.as_str(), request.segments().as_slice()) {
//!         ("POST", ["orders"]) => {
//!             let order: PlaceOrder = serde_json::from_slice(&request.body)?;
//!             let received = Step::new("received", 0, State::InProgress, "We have your order.");
//!             let status = Status::new(&order.id, &order.customer, &received, Clock::system().now());
//!             statuses.open(status.clone()).await?;
//!             orders.publish(order).await?;
//!             Ok(Follow::accepted(&status, format!("/orders/{}", status.id)))
//!         }
//!         ("GET", ["orders", id]) => Ok(Follow::new(statuses).answer(id, &request).await?.unwrap_or_else(nothing)),
//!         _ => Ok(nothing()),
//!     }
//! }
//! ```
//!
//! With the feature `lambda`, `lambda::run_http` runs such a handler, and `lambda::run_http_streaming` one whose answers are
//! [streams](Answer::Streamed). `aws::DynamoDbStatuses` keeps statuses; [`MemoryStatuses`](crate::status::MemoryStatuses) does in tests.

mod answer;
mod events;
mod follow;
mod problem;
mod request;
mod response;
mod tag;

pub use answer::{Answer, Streamed};
pub use follow::Follow;
pub use problem::{FieldError, Problem};
pub use request::{Request, RequestError};
pub use response::Response;
