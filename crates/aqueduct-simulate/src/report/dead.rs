//! Dead letters, and why messages became them.

use std::time::Duration;

use serde::Serialize;

use super::seconds;

/// Dead letters of one origin and cause.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DeadLetters {
    /// The queue, function or other resource that gave them up.
    pub from: String,
    /// Why.
    pub cause: Cause,
    /// How many.
    pub count: u64,
    /// When the first came.
    #[serde(serialize_with = "seconds")]
    pub first: Duration,
    /// When the last came.
    #[serde(serialize_with = "seconds")]
    pub last: Duration,
}

/// Why a message was given up, by what its last delivery met.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The function was down.
    Outage,
    /// What the function calls had no capacity.
    Dependency,
    /// The message is poison.
    Poison,
    /// The record failed by chance.
    Failure,
    /// Another record of its batch failed, and the function reports no partial failures.
    Neighbour,
    /// The function's timeout ended it.
    TimedOut,
    /// The function crashed after its effect.
    Crash,
    /// It succeeded, but after the message was due to return to its queue.
    Late,
    /// It found no free concurrency.
    #[default]
    NeverRan,
    /// A topic or a bus could not hand it on.
    Undelivered,
}

impl Cause {
    /// What it is called in a table.
    pub fn name(self) -> &'static str {
        match self {
            Self::Outage => "outage",
            Self::Dependency => "dependency at its limit",
            Self::Poison => "poison",
            Self::Failure => "failure by chance",
            Self::Neighbour => "neighbour in its batch",
            Self::TimedOut => "timeout",
            Self::Crash => "crash",
            Self::Late => "late",
            Self::NeverRan => "never ran",
            Self::Undelivered => "not handed on",
        }
    }
}
