//! Rules that lead nowhere.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "rule-without-targets",
    summary: "an EventBridge rule without targets",
    level: Level::Warning,
    why: "Events that match are matched, and nothing else happens to them.",
    source_url: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rules.html",
    bad: include_str!("../../rules/rule-without-targets/bad.yaml"),
    good: include_str!("../../rules/rule-without-targets/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for rule in wiring.topology.rules.iter().filter(|rule| rule.targets.is_empty()) {
        // Targets that are written and not read are not known.
        let written = wiring.topology.property(&rule.id, "Targets");
        if !wiring.knows(&rule.id, &["Targets"])
            || written.json().is_some_and(|it| it.as_array().is_some_and(|it| !it.is_empty()))
        {
            continue;
        }
        report.add(Finding::at(rule.span, format!("rule {} has no targets", rule.id), "give it Targets, or remove it"));
    }
}
