//! A subscription that loses what it cannot deliver.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "subscription-without-dead-letter-queue",
    summary: "a subscription without a dead-letter queue",
    level: Level::Warning,
    why: "A deleted endpoint or a missing permission is not retried: without a dead-letter queue the message is gone at once.",
    source_url: "https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html",
    bad: include_str!("../../rules/subscription-without-dead-letter-queue/bad.yaml"),
    good: include_str!("../../rules/subscription-without-dead-letter-queue/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    let machines = ["sqs", "lambda", "firehose", "http", "https"];
    for subscription in &wiring.topology.subscriptions {
        if !wiring.knows(&subscription.id, &["RedrivePolicy", "RedrivePolicy.deadLetterTargetArn"]) {
            continue;
        }
        if subscription.dead_letter.is_none() && machines.contains(&subscription.protocol.as_str()) {
            report.add(Finding::at(
                subscription.span,
                format!("subscription {} has no dead-letter queue", subscription.id),
                "give it a RedrivePolicy with a deadLetterTargetArn, and the queue a policy for sns.amazonaws.com",
            ));
        }
    }
}
