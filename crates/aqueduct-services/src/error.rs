//! Refusals of an API call, in AWS's words.

use std::borrow::Cow;

use thiserror::Error;

/// Whose fault an error is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The caller's: HTTP 4xx.
    Sender,
    /// The service's: HTTP 5xx.
    Receiver,
}

/// An API call that a service refuses.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{code}: {message}")]
pub struct ApiError {
    /// The error's shape name in the service's model, such as `QueueDoesNotExist`.
    pub code: Cow<'static, str>,
    /// The code that the query protocol uses where it differs, such as `AWS.SimpleQueueService.NonExistentQueue`.
    pub query_code: Option<Cow<'static, str>>,
    /// What AWS says.
    pub message: String,
    /// HTTP status.
    pub status: u16,
    /// Whose fault it is.
    pub fault: Fault,
}

impl ApiError {
    /// A refusal with status 400 and the same code in every protocol.
    pub fn sender(code: &'static str, message: impl Into<String>) -> Self {
        Self { code: Cow::Borrowed(code), query_code: None, message: message.into(), status: 400, fault: Fault::Sender }
    }

    /// The same refusal with another HTTP status.
    #[must_use]
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The same refusal with another code in the query protocol.
    #[must_use]
    pub fn with_query_code(mut self, code: &'static str) -> Self {
        self.query_code = Some(Cow::Borrowed(code));
        self
    }

    /// What is not modelled is refused by name, never approximated in silence.
    pub fn not_modelled(what: &str) -> Self {
        Self::sender("NotImplemented", format!("the embedded cloud does not model {what}")).with_status(501)
    }
}
