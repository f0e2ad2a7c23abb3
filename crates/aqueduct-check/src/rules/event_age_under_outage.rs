//! Events that are dropped before the outage is over.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "event-age-under-outage",
    summary: "a target whose events grow too old before the outage that its function is to bear is over",
    level: Level::Warning,
    why: "An event that reaches its maximum age is dropped, or dead-lettered, while the function would still be able to process it later.",
    source_url: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html",
    bad: include_str!("../../rules/event-age-under-outage/bad.yaml"),
    good: include_str!("../../rules/event-age-under-outage/good.yaml"),
    contracts: Some(include_str!("../../rules/event-age-under-outage/contracts.json")),
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for (from, target) in wiring.targets() {
        let Some(function) = wiring.function(target.arn.as_str()) else { continue };
        let Some(tolerance) = wiring.contract(function).and_then(|it| it.outage_tolerance_seconds) else { continue };
        let age = target.age_max.as_secs();
        if age >= tolerance
            || wiring.hides_in_target(from, target, &["RetryPolicy", "RetryPolicy.MaximumEventAgeInSeconds"])
        {
            continue;
        }
        report.add(
            Finding::at(
                target.span,
                format!(
                    "{} is to bear an outage of {tolerance} s, and {from} gives an event up after {age} s",
                    function.id
                ),
                format!("set RetryPolicy.MaximumEventAgeInSeconds to at least {tolerance}, up to 86400"),
            )
            .and(function.span, "is to bear the outage"),
        );
    }
}
