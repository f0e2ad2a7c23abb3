//! What became of a delivery.

use crate::Cause;

/// What became of the delivery of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It succeeded.
    Done,
    /// It was put into the dead-letter queue by its function; its message's fate says why.
    Rejected,
    /// It failed.
    Failed(Cause),
}
