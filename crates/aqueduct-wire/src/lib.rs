//! The AWS protocols of SQS, SNS, EventBridge and Lambda: bytes to inputs, answers to bytes.
//!
//! [`route`] finds the service that a request is meant for, [`decode`] reads it, [`encode`] writes its answer in the
//! protocol of the request. Nothing here knows of sockets, and no input makes it panic.

mod actions;
mod codec;
mod content;
mod cors;
mod events;
mod failure;
mod json;
mod lambda;
mod operation;
mod query;
mod route;
mod sns;
mod sqs;
mod sts;
mod xml;

pub use actions::actions;
pub use codec::{BODY_MAX, Codec, decode, encode};
pub use cors::{preflight, share};
pub use failure::{Failure, fail};
pub use lambda::payload_chunk;
pub use operation::operation;
pub use route::{Service, route};
pub use sts::caller_identity;
