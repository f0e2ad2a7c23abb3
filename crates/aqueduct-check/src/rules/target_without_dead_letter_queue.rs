//! A rule or schedule that loses what it cannot deliver.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "target-without-dead-letter-queue",
    summary: "a target of a rule or schedule without a dead-letter queue",
    level: Level::Warning,
    why: "Without permission or target an event is dropped at once, else when its retries are used up after at most 24 hours.",
    source_url: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html",
    bad: include_str!("../../rules/target-without-dead-letter-queue/bad.yaml"),
    good: include_str!("../../rules/target-without-dead-letter-queue/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for (from, target) in wiring.targets().filter(|(_, target)| target.dead_letter.is_none()) {
        if wiring.hides_in_target(from, target, &["DeadLetterConfig", "DeadLetterConfig.Arn"]) {
            continue;
        }
        // Without retries either it is `single-attempt-target`.
        if target.retries_max == 0 {
            continue;
        }
        report.add(Finding::at(
            target.span,
            if target.id == from {
                format!("the target of {from} has no dead-letter queue")
            } else {
                format!("target {} of {from} has no dead-letter queue", target.id)
            },
            "give it a DeadLetterConfig with a standard queue, and the queue a policy for the service that sends to it",
        ));
    }
}
