//! DynamoDB and S3 as the embedded cloud has them: requests in, answers out, with the time that the driver tells.
//!
//! DynamoDB's engine and S3's protocol are libraries of others, `dynoxide-rs` and `s3s`. What is here is what a driver needs beside
//! them: the protocol of DynamoDB's requests, a faster engine for most of them in virtual time, S3's operations, framing and
//! signatures, and a template's tables and buckets.

mod dynamodb;
mod s3;

pub use dynamodb::DynamoDb;
pub use s3::{Body, S3};
