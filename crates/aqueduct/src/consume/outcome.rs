//! What happens to a message next: a value, decided by the handler and carried out by the consumer.

use std::error::Error;
use std::fmt;
use std::time::Duration;

/// What happens to a delivery next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The message has had its effect.
    Done,
    /// The message comes back: after this time, or when the trigger's own time is up.
    Retry {
        /// How long it stays away; `None` leaves it to the consumer's backoff.
        after: Option<Duration>,
        /// Why, for logs and for the status that the user reads.
        reason: String,
    },
    /// The message can never have its effect: it goes to its dead-letter queue.
    Reject {
        /// Why, stamped on the message.
        reason: String,
    },
}

/// How a handler fails, which says what happens next.
///
/// Any error turns into a [`Failure::retry`] with `?`: what is not known to be permanent is worth another try, and
/// the queue's `maxReceiveCount` ends it. What can never work is said with [`Failure::reject`].
///
/// ```
/// use std::time::Duration;
/// use aqueduct::Failure;
///
/// fn charge(cents: i64) -> Result<(), Failure> {
///     if cents <= 0 {
///         return Err(Failure::reject("the amount is not positive"));
///     }
///     Err(Failure::retry("the bank asks for patience").after(Duration::from_secs(30)))
/// }
/// # assert!(charge(0).is_err());
/// ```
pub struct Failure {
    outcome: Outcome,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Failure {
    /// Another try may succeed.
    pub fn retry(reason: impl Into<String>) -> Self {
        Self { outcome: Outcome::Retry { after: None, reason: reason.into() }, source: None }
    }

    /// No try can succeed: to the dead-letter queue at once, with the reason.
    pub fn reject(reason: impl Into<String>) -> Self {
        Self { outcome: Outcome::Reject { reason: reason.into() }, source: None }
    }

    /// Sets how long the message stays away before it is tried again. Nothing changes for a rejection.
    #[must_use]
    pub fn after(mut self, wait: Duration) -> Self {
        if let Outcome::Retry { after, .. } = &mut self.outcome {
            *after = Some(wait);
        }
        self
    }

    /// Keeps the error that led here, for the logs.
    #[must_use]
    pub fn because(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What happens next.
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    pub(crate) fn into_parts(self) -> (Outcome, Option<Box<dyn Error + Send + Sync>>) {
        (self.outcome, self.source)
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::retry(error.to_string()).because(error)
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Failure").field("outcome", &self.outcome).field("source", &self.source).finish()
    }
}

/// An error and what led to it, in one line: `connection refused` says more than `dispatch failure`.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(inner) = source {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        source = inner.source();
    }
    text
}
