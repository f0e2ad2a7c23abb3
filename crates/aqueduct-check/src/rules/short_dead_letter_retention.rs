//! Dead letters that expire before anybody has had their time to look.

use std::time::Duration;

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Fix, Level};

pub(super) static RULE: Rule = Rule {
    id: "short-dead-letter-retention",
    summary: "a dead-letter queue that keeps messages no longer than its source",
    level: Level::Warning,
    why: "A standard queue counts retention from when the message was first sent, so the time spent in the source is missing in the dead-letter queue.",
    source_url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/setting-up-dead-letter-queue-retention.html",
    bad: include_str!("../../rules/short-dead-letter-retention/bad.yaml"),
    good: include_str!("../../rules/short-dead-letter-retention/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

/// How long a queue can keep messages.
const RETENTION_MAX: Duration = Duration::from_hours(14 * 24);

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    // FIFO queues restart the clock when they move a message.
    for queue in wiring.topology.queues.iter().filter(|queue| !queue.fifo) {
        let Some(redrive) = &queue.redrive else { continue };
        let Some(dead_letters) = wiring.queue(redrive.target.as_str()) else { continue };
        let retried = queue.visibility_timeout.saturating_mul(redrive.receives_max);
        let known = wiring.knows(&queue.id, &["MessageRetentionPeriod"])
            && wiring.knows(&dead_letters.id, &["MessageRetentionPeriod"]);
        // What is gone on arrival is `dead-letters-expired-on-arrival`.
        let short = dead_letters.retention <= queue.retention && dead_letters.retention > retried;
        if known && short && dead_letters.arn != queue.arn {
            let finding = Finding::at(
                wiring.place(&dead_letters.id, "MessageRetentionPeriod", dead_letters.span),
                format!(
                    "{} keeps messages {}, no longer than its source {} does ({})",
                    dead_letters.id,
                    days(dead_letters.retention.as_secs()),
                    queue.id,
                    days(queue.retention.as_secs())
                ),
                "set MessageRetentionPeriod of the dead-letter queue to 1209600 (14 days) and that of its source lower",
            )
            .and(queue.span, "its messages bring their age along");
            // The source may keep them as long as a queue can.
            let fixable = queue.retention < RETENTION_MAX;
            report.add(if fixable {
                finding.fix(Fix::set(&dead_letters.id, "MessageRetentionPeriod", RETENTION_MAX.as_secs()))
            } else {
                finding
            });
        }
    }
}

fn days(seconds: u64) -> String {
    const DAY: u64 = 24 * 60 * 60;
    if seconds > 0 && seconds.is_multiple_of(DAY) { format!("{} d", seconds / DAY) } else { format!("{seconds} s") }
}
