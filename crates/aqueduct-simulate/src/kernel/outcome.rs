//! What became of a delivery.

use crate::Cause;

/// What became of the delivery of a record or event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(super) enum Outcome {
    /// It was not tried: no free concurrency.
    #[default]
    NeverRan,
    /// It succeeded.
    Done,
    /// It was put into the dead-letter queue by its function; its message's fate says why.
    Rejected,
    /// See [`Cause`] for these.
    Outage,
    Dependency,
    Poison,
    Failure,
    Neighbour,
    TimedOut,
    Crash,
    Late,
}

impl Outcome {
    /// The cause that a report names for a message that was given up after this.
    pub(super) const fn cause(self) -> Cause {
        match self {
            Self::NeverRan => Cause::NeverRan,
            Self::Done | Self::Late => Cause::Late,
            Self::Rejected | Self::Poison => Cause::Poison,
            Self::Outage => Cause::Outage,
            Self::Dependency => Cause::Dependency,
            Self::Failure => Cause::Failure,
            Self::Neighbour => Cause::Neighbour,
            Self::TimedOut => Cause::TimedOut,
            Self::Crash => Cause::Crash,
        }
    }
}
