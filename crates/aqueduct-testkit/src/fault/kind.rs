//! What can go wrong.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Something that goes wrong at a [`Point`](super::Point).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fault {
    /// Of an invocation: a second one gets the same event at the same time, and nobody waits for its answer.
    DeliverTwice,
    /// Of an invocation: the function does its work, and its answer is an error all the same.
    Fail,
    /// Of an invocation: it does nothing until its timeout ends it. Of a poll: it goes no further, until its timeout ends it.
    TimeOut,
    /// Of a poll: the process is gone before it.
    CrashBefore,
    /// Of a poll: the process is gone after it, whatever came of it, so that an answer that it had is lost.
    CrashAfter,
    /// Of a call, before it: the service answers with this HTTP status and does nothing.
    Error {
        /// 500 or 503.
        status: u16,
    },
    /// Of a call, before it: the service throttles the caller and does nothing.
    Throttle,
    /// Of a call, before or after it: it takes that much longer.
    Latency {
        /// How much longer, in milliseconds.
        millis: u64,
    },
    /// Of a call, after it: the connection breaks, so that the client cannot know that the service has done it.
    LoseAnswer,
    /// Of a call for a batch, before it: these entries fail, and the service sees the others.
    FailEntries {
        /// Entry `i` fails where bit `i % 64` is set.
        mask: u64,
    },
    /// Of a message: its queue hands it out once more after it was deleted, or while it is being worked on.
    Duplicate,
    /// Of a message: those behind it overtake it.
    Reorder {
        /// How long they may, in milliseconds.
        millis: u64,
    },
    /// Of a clock: it is wrong by this much.
    Skew {
        /// Milliseconds that it is ahead; behind, if negative.
        millis: i64,
    },
}

/// A kind of fault, which a [`Mix`](super::Mix) has or has not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// [`Fault::DeliverTwice`].
    DeliverTwice,
    /// [`Fault::Fail`].
    Fail,
    /// [`Fault::TimeOut`].
    TimeOut,
    /// [`Fault::CrashBefore`] and [`Fault::CrashAfter`].
    Crash,
    /// [`Fault::Error`].
    Error,
    /// [`Fault::Error`] for some calls of an operation in a row.
    Outage,
    /// [`Fault::Throttle`].
    Throttle,
    /// [`Fault::Latency`].
    Latency,
    /// [`Fault::LoseAnswer`].
    LoseAnswer,
    /// [`Fault::FailEntries`].
    FailEntries,
    /// [`Fault::Duplicate`].
    Duplicate,
    /// [`Fault::Reorder`].
    Reorder,
    /// [`Fault::Skew`].
    Skew,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::DeliverTwice,
        Self::Fail,
        Self::TimeOut,
        Self::Crash,
        Self::Error,
        Self::Outage,
        Self::Throttle,
        Self::Latency,
        Self::LoseAnswer,
        Self::FailEntries,
        Self::Duplicate,
        Self::Reorder,
        Self::Skew,
    ];
}

impl Fault {
    /// Its kind.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::DeliverTwice => Kind::DeliverTwice,
            Self::Fail => Kind::Fail,
            Self::TimeOut => Kind::TimeOut,
            Self::CrashBefore | Self::CrashAfter => Kind::Crash,
            Self::Error { .. } => Kind::Error,
            Self::Throttle => Kind::Throttle,
            Self::Latency { .. } => Kind::Latency,
            Self::LoseAnswer => Kind::LoseAnswer,
            Self::FailEntries { .. } => Kind::FailEntries,
            Self::Duplicate => Kind::Duplicate,
            Self::Reorder { .. } => Kind::Reorder,
            Self::Skew { .. } => Kind::Skew,
        }
    }

    /// Whether an entry of a batch, counted from 0, fails by this.
    pub fn fails_entry(&self, index: usize) -> bool {
        matches!(self, Self::FailEntries { mask } if mask >> (index % 64) & 1 == 1)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DeliverTwice => formatter.write_str("delivered twice"),
            Self::Fail => formatter.write_str("fails after its work"),
            Self::TimeOut => formatter.write_str("times out"),
            Self::CrashBefore => formatter.write_str("crashes before it"),
            Self::CrashAfter => formatter.write_str("crashes after it"),
            Self::Error { status } => write!(formatter, "error {status}"),
            Self::Throttle => formatter.write_str("throttled"),
            Self::Latency { millis } => write!(formatter, "takes {:?} longer", Duration::from_millis(*millis)),
            Self::LoseAnswer => formatter.write_str("answer lost"),
            Self::FailEntries { mask } => {
                let entries: Vec<String> =
                    (0..64).filter(|bit| mask >> bit & 1 == 1).map(|bit| bit.to_string()).collect();
                write!(formatter, "entries {} fail", entries.join(", "))
            }
            Self::Duplicate => formatter.write_str("comes twice"),
            Self::Reorder { millis } => write!(formatter, "overtaken for {:?}", Duration::from_millis(*millis)),
            Self::Skew { millis } if *millis < 0 => {
                write!(formatter, "{:?} behind", Duration::from_millis(millis.unsigned_abs()))
            }
            Self::Skew { millis } => write!(formatter, "{:?} ahead", Duration::from_millis(millis.unsigned_abs())),
        }
    }
}
