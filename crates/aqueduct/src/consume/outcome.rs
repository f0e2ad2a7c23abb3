//! What happens to a message next: a value, decided by the handler and carried out by the consumer.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::time::Duration;

/// What happens to a delivery next.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum Outcome {
    /// The message has had its effect.
    Done,
    /// The message comes back: after this time, or when the trigger's own time is up.
    Retry {
        /// How long it stays away; `None` leaves it to the consumer's backoff.
        after: Option<Duration>,
        /// Why, for logs and for the status that the user reads.
        reason: Reason,
    },
    /// The message was not tried, through no fault of its own, and comes back as if it had not been received. On a
    /// standard queue a copy takes its place; where there is no way to do so it is retried.
    Postpone {
        /// How long it stays away.
        after: Duration,
        /// Why.
        reason: Reason,
    },
    /// The message can never have its effect: it goes to its dead-letter queue.
    Reject {
        /// Why, stamped on the message.
        reason: Reason,
    },
}

/// Why a message was not done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// What kind of failure, the same for all of the kind: an error's type, or a name given with [`Failure::kind`].
    pub kind: Cow<'static, str>,
    /// What happened, in words.
    pub message: String,
}

impl Reason {
    /// A reason of a kind.
    pub fn new(kind: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self { kind: kind.into(), message: message.into() }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)
    }
}

impl Outcome {
    /// A retry that leaves its wait to the consumer's backoff.
    pub fn retry(kind: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::Retry { after: None, reason: Reason::new(kind, message) }
    }

    /// A rejection.
    pub fn reject(kind: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::Reject { reason: Reason::new(kind, message) }
    }

    /// A postponement.
    pub fn postpone(after: Duration, kind: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::Postpone { after, reason: Reason::new(kind, message) }
    }

    /// Why the message was not done.
    pub fn reason(&self) -> Option<&Reason> {
        match self {
            Self::Done => None,
            Self::Retry { reason, .. } | Self::Postpone { reason, .. } | Self::Reject { reason } => Some(reason),
        }
    }

    /// Its name, for logs and spans.
    pub(crate) const fn name(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Retry { .. } => "retry",
            Self::Postpone { .. } => "postpone",
            Self::Reject { .. } => "reject",
        }
    }

    pub(crate) fn reason_mut(&mut self) -> Option<&mut Reason> {
        match self {
            Self::Done => None,
            Self::Retry { reason, .. } | Self::Postpone { reason, .. } | Self::Reject { reason } => Some(reason),
        }
    }
}

/// The kind of a failure that was given none.
const FAILURE: &str = "Failure";

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
///
/// What is not an [`Error`] itself, such as a text, a `Box<dyn Error + Send + Sync>` or an `anyhow::Error`, is given to
/// [`Failure::because`]:
///
/// ```
/// # use aqueduct::Failure;
/// # fn load() -> Result<u32, Box<dyn std::error::Error + Send + Sync>> { Ok(1) }
/// # fn example() -> Result<(), Failure> {
/// let cents = load().map_err(|error| Failure::retry("the price is not known").because(error))?;
/// # Ok(())
/// # }
/// ```
pub struct Failure {
    outcome: Outcome,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl Failure {
    /// Another try may succeed.
    pub fn retry(reason: impl Into<String>) -> Self {
        Self { outcome: Outcome::retry(FAILURE, reason), source: None }
    }

    /// No try can succeed: to the dead-letter queue at once, with the reason.
    pub fn reject(reason: impl Into<String>) -> Self {
        Self { outcome: Outcome::reject(FAILURE, reason), source: None }
    }

    /// The message was not tried and is none the worse for it, such as when what it needs is closed: see
    /// [`Outcome::Postpone`].
    pub fn postpone(after: Duration, reason: impl Into<String>) -> Self {
        Self { outcome: Outcome::postpone(after, FAILURE, reason), source: None }
    }

    /// Names the kind of failure, which is stamped on a rejected message and by which failures are counted.
    #[must_use]
    pub fn kind(mut self, kind: impl Into<Cow<'static, str>>) -> Self {
        if let Some(reason) = self.outcome.reason_mut() {
            reason.kind = kind.into();
        }
        self
    }

    /// Sets how long the message stays away before it is tried again. Nothing changes for a rejection.
    #[must_use]
    pub fn after(mut self, wait: Duration) -> Self {
        if let Outcome::Retry { after, .. } = &mut self.outcome {
            *after = Some(wait);
        }
        self
    }

    /// Keeps the error that led here, for the logs. Its type is the kind of failure where none was given.
    #[must_use]
    pub fn because<E: Into<Box<dyn Error + Send + Sync>>>(mut self, source: E) -> Self {
        if let Some(reason) = self.outcome.reason_mut().filter(|reason| reason.kind == FAILURE) {
            reason.kind = Cow::Borrowed(std::any::type_name::<E>());
        }
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
