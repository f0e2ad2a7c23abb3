//! S3 in memory and in a folder, by the same requests.

#![expect(clippy::unwrap_used, reason = "a test")]

mod folder;
mod keys;
mod operations;
mod support;
mod uploads;
