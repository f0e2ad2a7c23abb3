//! Dead-letter queues that a topic may not send to.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::{Wiring, queue_policy_help};
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "subscription-dead-letter-queue-without-policy",
    summary: "a subscription's dead-letter queue that SNS may not send to",
    level: Level::Error,
    why: "What SNS cannot deliver never arrives in the dead-letter queue, and is lost.",
    source_url: "https://docs.aws.amazon.com/sns/latest/dg/sns-configure-dead-letter-queue.html",
    bad: include_str!("../../rules/subscription-dead-letter-queue-without-policy/bad.yaml"),
    good: include_str!("../../rules/subscription-dead-letter-queue-without-policy/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for subscription in &wiring.topology.subscriptions {
        let Some(queue) = subscription.dead_letter.as_ref().and_then(|to| wiring.queue(to.as_str())) else { continue };
        if wiring.may_send("sns.amazonaws.com", &subscription.topic, queue) {
            continue;
        }
        report.add(
            Finding::at(
                wiring.policy_span(queue),
                format!(
                    "no queue policy lets topic {} send what {} cannot deliver to {}",
                    wiring.shown(&subscription.topic),
                    subscription.id,
                    queue.id
                ),
                queue_policy_help(queue, "sns.amazonaws.com", "topic"),
            )
            .and(subscription.span, "gives up there"),
        );
    }
}
