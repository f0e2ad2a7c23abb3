//! A rule that may not send to its target queue.

use crate::check::Report;
use crate::policy::Access;
use crate::rule::Rule;
use crate::wiring::{Wiring, queue_policy_help};
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "target-without-queue-policy",
    summary: "a queue that is the target of a rule that may not send to it",
    level: Level::Error,
    why: "EventBridge does not retry without permission: the event is dropped, or dead-lettered at once.",
    source_url: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html",
    bad: include_str!("../../rules/target-without-queue-policy/bad.yaml"),
    good: include_str!("../../rules/target-without-queue-policy/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for rule in &wiring.topology.rules {
        // A role of the target's own takes the place of the queue's policy.
        for target in rule.targets.iter().filter(|target| target.role.is_none()) {
            let Some(queue) = wiring.queue(target.arn.as_str()) else { continue };
            let access = Access {
                principal: "events.amazonaws.com",
                action: "sqs:SendMessage",
                resource: &queue.arn,
                source: &rule.arn,
            };
            // A policy that is meant for it is `queue-policy-excludes-sender`.
            if !wiring.may_be_granted(access) && wiring.obstacle(access).is_none() {
                report.add(
                    Finding::at(
                        wiring.policy_span(queue),
                        format!("no queue policy lets rule {} send to {}", rule.id, queue.id),
                        queue_policy_help(queue, "events.amazonaws.com", "rule"),
                    )
                    .and(target.span, "is the target"),
                );
            }
        }
    }
}
