//! Where it is kept who works on what, and what came of it.

use std::fmt;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use thiserror::Error;

/// Keeps claims. [`aws::DynamoDbClaims`](crate::aws::DynamoDbClaims) does it in DynamoDB, [`MemoryClaims`](super::MemoryClaims)
/// for tests.
///
/// Every claim has a token. Only its holder can complete or release it, so that an attempt that was taken for dead and
/// replaced cannot overwrite its successor.
pub trait Claims: fmt::Debug + Send + Sync {
    /// Claims `key` until `until`, unless it is claimed or completed. A claim whose time is up can be taken over.
    fn claim<'a>(
        &'a self,
        key: &'a str,
        token: &'a str,
        now: Timestamp,
        until: Timestamp,
    ) -> BoxFuture<'a, Result<Claim, ClaimError>>;

    /// Keeps the result, JSON text, until `expires`.
    fn complete<'a>(
        &'a self,
        key: &'a str,
        token: &'a str,
        result: &'a str,
        expires: Timestamp,
    ) -> BoxFuture<'a, Result<(), ClaimError>>;

    /// Gives the claim up, so that the next attempt can have it.
    fn release<'a>(&'a self, key: &'a str, token: &'a str) -> BoxFuture<'a, Result<(), ClaimError>>;
}

/// What became of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It is the caller's.
    Granted,
    /// Another attempt holds it until then.
    Held(Timestamp),
    /// The effect has happened, with this result, JSON text.
    Completed(String),
}

/// A claim could not be kept.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ClaimError {
    /// The claim was taken over by another attempt.
    #[error("the claim on {key} was taken over by another attempt")]
    Lost {
        /// The key.
        key: String,
    },
    /// The store failed.
    #[error("the claim on {key} could not be {what}: {reason}")]
    Store {
        /// The key.
        key: String,
        /// What was tried.
        what: &'static str,
        /// What the store said.
        reason: String,
    },
}
