//! Dead-letter queues that are too far away.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "dead-letter-queue-elsewhere",
    summary: "a dead-letter queue in another Region or account than its queue",
    level: Level::Error,
    why: "SQS refuses the redrive policy, so the deployment fails or the queue stays without a dead-letter queue.",
    source_url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
    bad: include_str!("../../rules/dead-letter-queue-elsewhere/bad.yaml"),
    good: include_str!("../../rules/dead-letter-queue-elsewhere/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for queue in &wiring.topology.queues {
        let Some(redrive) = &queue.redrive else { continue };
        let (here, there) = (&queue.arn, &redrive.target);
        // What is no whole ARN is not known to be elsewhere.
        let different = |one: &str, other: &str| !one.is_empty() && !other.is_empty() && one != other;
        let what = if different(here.region(), there.region()) {
            format!("Region {}", there.region())
        } else if different(here.account(), there.account()) {
            format!("account {}", there.account())
        } else {
            continue;
        };
        report.add(Finding::at(
            wiring.place(&queue.id, "RedrivePolicy", queue.span),
            format!("{} has its dead-letter queue in {what}", queue.id),
            "use a queue of the same account and Region",
        ));
    }
}
