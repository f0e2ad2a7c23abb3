//! Where a fault can strike.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A place in a run where something can go wrong. Counts start at 0.
///
/// Functions and queues are named by their logical ids, and by their physical names where the template has none.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Point {
    /// A function is about to be given an event.
    Invocation {
        /// The function.
        function: String,
        /// How many invocations of the function came before.
        nth: u64,
    },
    /// A function's future is about to be polled.
    Poll {
        /// The function.
        function: String,
        /// Which of its invocations, as counted for [`Point::Invocation`].
        nth: u64,
        /// How often the future of this invocation was polled before.
        k: u64,
    },
    /// A request to a service. Every attempt of a client that retries counts.
    Call {
        /// The service and the operation, as in `SQS.SendMessage`.
        operation: String,
        /// How many requests for this operation came before, by whomever.
        nth: u64,
        /// Whether the service has done it.
        when: When,
    },
    /// A message was accepted by a queue.
    Delivery {
        /// The queue.
        queue: String,
        /// How many messages the queue accepted before.
        nth: u64,
    },
    /// A function reads its clock.
    Clock {
        /// The function.
        function: String,
    },
}

/// On which side of its effect a call is struck.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// The service has not seen the request.
    Before,
    /// The service has done it, and the client has not heard so.
    After,
}

impl Point {
    /// The function, operation or queue that the point belongs to.
    pub fn place(&self) -> &str {
        match self {
            Self::Invocation { function, .. } | Self::Poll { function, .. } | Self::Clock { function } => function,
            Self::Call { operation, .. } => operation,
            Self::Delivery { queue, .. } => queue,
        }
    }

    /// How many of its like came before; 0 where there is only one.
    pub(crate) const fn nth(&self) -> u64 {
        match self {
            Self::Invocation { nth, .. }
            | Self::Poll { nth, .. }
            | Self::Call { nth, .. }
            | Self::Delivery { nth, .. } => *nth,
            Self::Clock { .. } => 0,
        }
    }

    /// Counts `by` fewer of its like before it.
    pub(crate) const fn move_up(&mut self, by: u64) {
        match self {
            Self::Invocation { nth, .. }
            | Self::Poll { nth, .. }
            | Self::Call { nth, .. }
            | Self::Delivery { nth, .. } => *nth = nth.saturating_sub(by),
            Self::Clock { .. } => {}
        }
    }
}

impl fmt::Display for Point {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Invocation { function, nth } => write!(formatter, "invocation {nth} of {function}"),
            Self::Poll { function, nth, k } => write!(formatter, "invocation {nth} of {function}, poll {k}"),
            Self::Call { operation, nth, when: When::Before } => write!(formatter, "before {operation} {nth}"),
            Self::Call { operation, nth, when: When::After } => write!(formatter, "after {operation} {nth}"),
            Self::Delivery { queue, nth } => write!(formatter, "message {nth} of {queue}"),
            Self::Clock { function } => write!(formatter, "clock of {function}"),
        }
    }
}
