//! HTTP behind a Lambda function URL: requests, responses and problems.

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
