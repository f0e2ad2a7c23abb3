//! HTTP behind a Lambda function URL: requests, responses and problems.

mod follow;
mod problem;
mod request;
mod response;
mod tag;

pub use follow::Follow;
pub use problem::{FieldError, Problem};
pub use request::{Request, RequestError};
pub use response::Response;
