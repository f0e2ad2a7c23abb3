//! What became of the records of an invocation, in numbers.

/// What became of the records of an invocation. Every record is received and counts once more, and a duplicate as one besides.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tally {
    /// How many records came.
    pub received: u32,
    /// Handled.
    pub done: u32,
    /// Of a type that no handler takes, and passed over as declared.
    pub skipped: u32,
    /// To be tried again.
    pub retried: u32,
    /// Put back without having been tried.
    pub postponed: u32,
    /// Taken out of the way.
    pub rejected: u32,
    /// Not begun or not finished before the deadline; they come back.
    pub stopped: u32,
    /// Not begun because a record before them in their group or shard failed; they come back.
    pub blocked: u32,
    /// Whose effect had been there before, whatever became of them.
    pub duplicates: u32,
}

impl Tally {
    /// How many records come back by the batch response.
    pub const fn failed(&self) -> u32 {
        self.received - self.done - self.skipped - self.postponed - self.rejected
    }
}
