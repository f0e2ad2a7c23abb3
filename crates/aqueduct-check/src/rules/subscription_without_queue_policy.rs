//! A topic that may not send to the queue subscribed to it.

use crate::check::Report;
use crate::policy::Access;
use crate::rule::Rule;
use crate::wiring::{Wiring, queue_policy_help};
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "subscription-without-queue-policy",
    summary: "a queue subscribed to a topic that may not send to it",
    level: Level::Error,
    why: "SNS takes a missing permission for a client error: the message is not retried, but lost or dead-lettered at once.",
    source_url: "https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html",
    bad: include_str!("../../rules/subscription-without-queue-policy/bad.yaml"),
    good: include_str!("../../rules/subscription-without-queue-policy/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for subscription in wiring.topology.subscriptions.iter().filter(|it| it.protocol == "sqs") {
        let Some(queue) = wiring.queue(&subscription.endpoint) else { continue };
        let access = Access {
            principal: "sns.amazonaws.com",
            action: "sqs:SendMessage",
            resource: &queue.arn,
            source: &subscription.topic,
        };
        // A policy that is meant for it is `queue-policy-excludes-sender`.
        if !wiring.may_be_granted(access) && wiring.obstacle(access).is_none() {
            report.add(
                Finding::at(
                    wiring.policy_span(queue),
                    format!("no queue policy lets topic {} send to {}", wiring.shown(&subscription.topic), queue.id),
                    queue_policy_help(queue, "sns.amazonaws.com", "topic"),
                )
                .and(subscription.span, "is the subscription"),
            );
        }
    }
}
