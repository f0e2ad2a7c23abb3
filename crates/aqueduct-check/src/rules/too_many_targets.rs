//! Rules with more targets than EventBridge takes.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "too-many-targets",
    summary: "an EventBridge rule with more than five targets",
    level: Level::Error,
    why: "EventBridge refuses the sixth target, and the deployment fails.",
    source_url: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html",
    bad: include_str!("../../rules/too-many-targets/bad.yaml"),
    good: include_str!("../../rules/too-many-targets/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

/// How many targets a rule may have.
const TARGETS_MAX: usize = 5;

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for rule in wiring.topology.rules.iter().filter(|rule| rule.targets.len() > TARGETS_MAX) {
        report.add(Finding::at(
            wiring.place(&rule.id, "Targets", rule.span),
            format!("rule {} has {} targets, and EventBridge takes {TARGETS_MAX}", rule.id, rule.targets.len()),
            "split it into two rules with the same pattern, or let it send to a topic that fans out",
        ));
    }
}
