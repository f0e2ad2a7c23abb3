//! Dead-letter queues that a rule or schedule may not send to.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::{Wiring, queue_policy_help};
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "target-dead-letter-queue-without-policy",
    summary: "a target's dead-letter queue that EventBridge may not send to",
    level: Level::Error,
    why: "EventBridge does not tell: what it gives up never arrives in the dead-letter queue.",
    source_url: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html",
    bad: include_str!("../../rules/target-dead-letter-queue-without-policy/bad.yaml"),
    good: include_str!("../../rules/target-dead-letter-queue-without-policy/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for rule in &wiring.topology.rules {
        for target in &rule.targets {
            let Some(queue) = target.dead_letter.as_ref().and_then(|to| wiring.queue(to.as_str())) else { continue };
            if wiring.may_send("events.amazonaws.com", &rule.arn, queue) {
                continue;
            }
            report.add(
                Finding::at(
                    wiring.policy_span(queue),
                    format!("no queue policy lets rule {} send what it gives up to {}", rule.id, queue.id),
                    queue_policy_help(queue, "events.amazonaws.com", "rule"),
                )
                .and(target.span, "gives up there"),
            );
        }
    }
    for schedule in &wiring.topology.schedules {
        let target = &schedule.target;
        let Some(queue) = target.dead_letter.as_ref().and_then(|to| wiring.queue(to.as_str())) else { continue };
        let Some(role) = target.role.as_ref().and_then(|role| wiring.role(role)) else { continue };
        if !wiring.missing_actions(role, &["sqs:SendMessage"], &queue.arn).is_empty() {
            report.add(
                Finding::at(
                    role.span,
                    format!("{} may not send what schedule {} gives up to {}", role.id, schedule.id, queue.id),
                    wiring.way_to_grant(role, &role.id, &["sqs:SendMessage"], &queue.arn, &queue.id),
                )
                .and(target.span, "gives up there"),
            );
        }
    }
}
