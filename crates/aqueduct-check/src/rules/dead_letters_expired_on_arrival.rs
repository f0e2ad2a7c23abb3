//! Dead letters that are gone before anybody can look.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Fix, Level};

pub(super) static RULE: Rule = Rule {
    id: "dead-letters-expired-on-arrival",
    summary: "a dead-letter queue that keeps messages no longer than they are retried",
    level: Level::Error,
    why: "A standard queue keeps a message's age when it moves it: after maxReceiveCount visibility timeouts the message is older than the dead-letter queue keeps it, and is deleted at once.",
    source_url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html",
    bad: include_str!("../../rules/dead-letters-expired-on-arrival/bad.yaml"),
    good: include_str!("../../rules/dead-letters-expired-on-arrival/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    // FIFO queues restart the clock when they move a message.
    for queue in wiring.topology.queues.iter().filter(|queue| !queue.fifo) {
        let Some(redrive) = &queue.redrive else { continue };
        let Some(dead_letters) = wiring.queue(redrive.target.as_str()) else { continue };
        let retried = queue.visibility_timeout.saturating_mul(redrive.receives_max);
        let known = wiring.knows(&queue.id, &["VisibilityTimeout", "RedrivePolicy.maxReceiveCount"])
            && wiring.knows(&dead_letters.id, &["MessageRetentionPeriod"]);
        if !known || dead_letters.retention > retried {
            continue;
        }
        report.add(
            Finding::at(
                wiring.place(&dead_letters.id, "MessageRetentionPeriod", dead_letters.span),
                format!(
                    "{} keeps messages {} s, and a message that {} gives up is {} s old",
                    dead_letters.id,
                    dead_letters.retention.as_secs(),
                    queue.id,
                    retried.as_secs()
                ),
                format!("set MessageRetentionPeriod of {} to {RETENTION_MAX} (14 days)", dead_letters.id),
            )
            .and(
                wiring.place(&queue.id, "RedrivePolicy.maxReceiveCount", queue.span),
                format!("{} receives of {} s", redrive.receives_max, queue.visibility_timeout.as_secs()),
            )
            .fix(Fix::set(&dead_letters.id, "MessageRetentionPeriod", RETENTION_MAX)),
        );
    }
}

/// The longest that SQS keeps a message.
const RETENTION_MAX: u64 = 14 * 24 * 60 * 60;
