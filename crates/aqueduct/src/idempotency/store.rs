//! Where it is kept who works on what, and what came of it.

use std::fmt;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use thiserror::Error;

/// Keeps claims. [`aws::DynamoDbClaims`](crate::aws::DynamoDbClaims) does it in DynamoDB, [`MemoryClaims`](super::MemoryClaims)
/// for tests.
///
/// A key is free, held until a time, or completed until a time. What is past its time counts as free, whether or not the
/// store has removed it. Every claim has a token: only its holder can complete or release it, so that an attempt that was
/// taken for dead and replaced cannot overwrite its successor.
pub trait Claims: fmt::Debug + Send + Sync {
    /// Claims a key, unless it is held or completed. A claim by the token that holds the key already is granted again: the
    /// answer to the first may have been lost. A claim whose time is up can be taken over, but by the same payload only.
    fn claim<'a>(&'a self, attempt: &'a Attempt<'a>) -> BoxFuture<'a, Result<Claim, ClaimError>>;

    /// Keeps the result, a text, until `expires`.
    fn complete<'a>(
        &'a self,
        key: &'a str,
        token: &'a str,
        result: &'a str,
        expires: Timestamp,
    ) -> BoxFuture<'a, Result<(), ClaimError>>;

    /// Gives the claim up, so that the next attempt can have it.
    fn release<'a>(&'a self, key: &'a str, token: &'a str) -> BoxFuture<'a, Result<(), ClaimError>>;

    /// How many bytes a result may have.
    fn result_max(&self) -> usize {
        usize::MAX
    }
}

/// Who claims what.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// What is claimed.
    pub key: &'a str,
    /// The attempt's own name, unique.
    pub token: &'a str,
    /// What tells its payload from others, if that matters.
    pub fingerprint: Option<&'a str>,
    /// The time.
    pub now: Timestamp,
    /// When the attempt is taken for dead.
    pub until: Timestamp,
    /// When a claim that nobody completed may be forgotten.
    pub expires: Timestamp,
}

/// What became of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// It is the caller's.
    Granted {
        /// Greater than that of every earlier claim on the key.
        fence: u64,
    },
    /// Another attempt holds it.
    Held {
        /// Until then.
        until: Timestamp,
        /// The fingerprint of its payload.
        fingerprint: Option<String>,
    },
    /// The effect has happened.
    Completed {
        /// The result as it was given.
        result: String,
        /// The fingerprint of its payload.
        fingerprint: Option<String>,
    },
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
    /// The store is busy or away, and may answer a moment later.
    #[error("the claim on {key} could not be {what} now: {reason}")]
    Unavailable {
        /// The key.
        key: String,
        /// What was tried.
        what: &'static str,
        /// What the store said.
        reason: String,
    },
    /// The store refused: a permission, the table or the request is wrong, and another try would change nothing.
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

impl ClaimError {
    /// A short name, for failures and metrics.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Lost { .. } => "ClaimLost",
            Self::Unavailable { .. } => "ClaimsUnavailable",
            Self::Store { .. } => "ClaimsRefused",
        }
    }
}
