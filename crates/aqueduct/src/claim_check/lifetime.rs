//! How long an object must be kept.

use std::time::Duration;

const DAY: u64 = 24 * 60 * 60;

/// How long objects must be kept so that none is gone before its message: the days of the bucket's lifecycle rule.
///
/// A message can be read for as long as its queue keeps it, then for as long as its dead-letter queue does, and for both
/// again after each redrive, since a message that is moved back or rejected is a new one to SQS. S3 deletes an object at the
/// first midnight (UTC) after its days are over, and its days begin when it is stored. Sources:
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html>,
/// <https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html>
///
/// ```
/// use std::time::Duration;
/// use aqueduct::claim_check::Lifetime;
///
/// let day = Duration::from_secs(24 * 60 * 60);
/// let kept = Lifetime::new(day * 4, day * 14);
/// assert_eq!(kept.days(), 18);
/// assert_eq!(kept.redrives(1).waits(day / 2).days(), 37, "moved back once, and half a day on its way to the queue");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lifetime {
    round: Duration,
    waits: Duration,
    redrives: u32,
}

impl Lifetime {
    /// For a queue with these retentions of its own and of its dead-letter queue. Where several queues read the same
    /// objects, or an archive of EventBridge keeps their events, the longest counts.
    pub const fn new(retention: Duration, dead_letter_retention: Duration) -> Self {
        Self { round: retention.saturating_add(dead_letter_retention), waits: Duration::ZERO, redrives: 0 }
    }

    /// How long a message may be on its way before the queue has it: in an outbox, or with a
    /// [`Later`](crate::publish::Later).
    #[must_use]
    pub const fn waits(mut self, longest: Duration) -> Self {
        self.waits = longest;
        self
    }

    /// How often a message may be moved back from the dead-letter queue.
    #[must_use]
    pub const fn redrives(mut self, times: u32) -> Self {
        self.redrives = times;
        self
    }

    /// The days of the lifecycle rule.
    pub const fn days(self) -> u64 {
        let rounds = self.round.saturating_mul(self.redrives.saturating_add(1));
        let whole = self.waits.saturating_add(rounds);
        let seconds = whole.as_secs().saturating_add(if whole.subsec_nanos() > 0 { 1 } else { 0 });
        seconds.div_ceil(DAY)
    }
}
