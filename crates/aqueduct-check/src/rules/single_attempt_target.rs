//! Deliveries that get one try.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "single-attempt-target",
    summary: "a target without retries and without a dead-letter queue",
    level: Level::Error,
    why: "One throttled or failed call drops the event, and nothing but a metric tells of it.",
    source_url: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html",
    bad: include_str!("../../rules/single-attempt-target/bad.yaml"),
    good: include_str!("../../rules/single-attempt-target/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for (from, target) in wiring.targets().filter(|(_, target)| target.retries_max == 0) {
        if target.dead_letter.is_some()
            || wiring.hides_in_target(from, target, &["DeadLetterConfig", "DeadLetterConfig.Arn", "RetryPolicy"])
        {
            continue;
        }
        report.add(Finding::at(
            target.span,
            format!("{from} tries {} once, and then drops the event", wiring.shown(&target.arn)),
            "raise RetryPolicy.MaximumRetryAttempts, and add a DeadLetterConfig",
        ));
    }
}
