//! DynamoDB and S3 as the embedded cloud has them: requests in, answers out, with the time that the driver tells.
//!
//! Both are libraries of others, `dynoxide-rs` and `s3s`. What is here is what a driver needs around them: the protocol of
//! DynamoDB's requests, S3's framing and signatures, a template's tables and buckets, and tables and buckets in memory.

mod dynamodb;
mod s3;

pub use dynamodb::DynamoDb;
pub use s3::{Body, S3};
