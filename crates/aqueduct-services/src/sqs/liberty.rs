//! The liberties that standard queues take: a message comes more than once, or out of order.
//!
//! Left alone, this model takes none, so that what happens can be foreseen; a driver that wants to see what a consumer makes of
//! them says when one is taken.
//!
//! Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/standard-queues-at-least-once-delivery.html>

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aqueduct_topology::Arn;

/// A liberty that a standard queue takes with a message as it accepts it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Liberty {
    /// It is handed out once more, under the same id, whatever becomes of the first copy.
    Again {
        /// How long after it was accepted.
        after: Duration,
    },
    /// Messages behind it overtake it.
    Late {
        /// For how long they may.
        by: Duration,
    },
}

/// Says which liberty a queue takes with the next message that it accepts.
#[derive(Clone)]
pub struct Liberties(Arc<Take>);

type Take = dyn Fn(&Arn) -> Option<Liberty> + Send + Sync;

impl Liberties {
    /// Asks `take` once for every message that a standard queue accepts.
    pub fn new(take: impl Fn(&Arn) -> Option<Liberty> + Send + Sync + 'static) -> Self {
        Self(Arc::new(take))
    }

    pub(super) fn take(&self, queue: &Arn) -> Option<Liberty> {
        (self.0)(queue)
    }
}

impl fmt::Debug for Liberties {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Liberties")
    }
}
