//! HTTP behind a Lambda function URL: requests, responses and problems.

mod problem;
mod request;
mod response;

pub use problem::{FieldError, Problem};
pub use request::{Request, RequestError};
pub use response::Response;
