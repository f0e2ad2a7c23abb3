//! The numbers that a queue goes by. Whoever keeps its own messages, such as a simulation, goes by the same.

use std::time::Duration;

/// The most messages in flight.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html>
pub const IN_FLIGHT_MAX: usize = 120_000;

/// The most messages of one receive, and of one batch of sends or deletes.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html>
pub const BATCH_MAX: usize = 10;

/// The longest time that a message can stay with one receive.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html>
pub const VISIBILITY_MAX: Duration = Duration::from_hours(12);

/// A standard queue's message that was received this often without being deleted goes to the back of the queue.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html>
pub const RECEIVES_BEFORE_BACK: u32 = 3;

/// A tenant is noisy from this many messages in flight on, if [`is_large_share`] says so too.
///
/// The thresholds are documented as approximate. The other sign of noise, more than a tenth of the consumers' recent
/// processing time, is not modelled: what counts as recent is not documented.
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues-detailed.html>
pub const NOISY_IN_FLIGHT_MIN: usize = 30;

/// How long a tenant without messages in flight stays noisy. Source: as for [`NOISY_IN_FLIGHT_MIN`].
pub const NOISE_FADES: Duration = Duration::from_mins(5);

/// Whether a tenant's messages in flight are more than a tenth of the queue's. Source: as for [`NOISY_IN_FLIGHT_MIN`].
pub const fn is_large_share(of_tenant: usize, of_queue: usize) -> bool {
    of_tenant * 10 > of_queue
}

/// The most messages that a message move task moves in a second, and the pace of one that names none: SQS chooses that pace
/// by the backlog and publishes no more than its bound.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html>
pub const MOVE_RATE_MAX: u32 = 500;

/// The longest time that a message move task runs.
///
/// Source: <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html>
pub const MOVE_RUNS_MAX: Duration = Duration::from_hours(36);

/// How long after its start a task of this rate moves its next message, after so many: the first one goes at once, and the
/// others follow at an even pace.
pub fn move_due(moved: u64, rate: Option<u32>) -> Duration {
    let rate = u64::from(rate.unwrap_or(MOVE_RATE_MAX));
    Duration::from_millis(moved.saturating_mul(1000).div_ceil(rate))
}
