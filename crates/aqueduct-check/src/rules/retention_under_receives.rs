//! Messages that expire before they are dead letters.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "retention-under-receives",
    summary: "a queue that keeps messages for less time than its receives take",
    level: Level::Error,
    why: "A message that always fails reaches its retention before maxReceiveCount, and is deleted instead of moved to the dead-letter queue.",
    source_url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
    bad: include_str!("../../rules/retention-under-receives/bad.yaml"),
    good: include_str!("../../rules/retention-under-receives/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    const USED: &[&str] = &["MessageRetentionPeriod", "VisibilityTimeout", "RedrivePolicy.maxReceiveCount"];
    for queue in wiring.topology.queues.iter().filter(|queue| wiring.knows(&queue.id, USED)) {
        let Some(redrive) = &queue.redrive else { continue };
        let retried = queue.visibility_timeout.saturating_mul(redrive.receives_max);
        if queue.retention >= retried {
            continue;
        }
        report.add(
            Finding::at(
                wiring.place(&queue.id, "MessageRetentionPeriod", queue.span),
                format!(
                    "{} keeps messages {} s, and {} receives of {} s take {} s",
                    queue.id,
                    queue.retention.as_secs(),
                    redrive.receives_max,
                    queue.visibility_timeout.as_secs(),
                    retried.as_secs()
                ),
                "raise MessageRetentionPeriod, or lower VisibilityTimeout or maxReceiveCount",
            )
            .and(
                wiring.place(&queue.id, "RedrivePolicy", queue.span),
                format!("{} is never reached", wiring.shown(&redrive.target)),
            ),
        );
    }
}
