//! Triggers that are switched off.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Fix, Level};

pub(super) static RULE: Rule = Rule {
    id: "disabled-trigger",
    summary: "a rule, schedule or event source mapping that is disabled",
    level: Level::Warning,
    why: "Nothing flows: a queue fills until its messages expire, and events that match a disabled rule are gone.",
    source_url: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-delete-rule.html",
    bad: include_str!("../../rules/disabled-trigger/bad.yaml"),
    good: include_str!("../../rules/disabled-trigger/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    let topology = wiring.topology;
    for mapping in topology.mappings.iter().filter(|mapping| !mapping.enabled) {
        report.add(
            Finding::at(
                wiring.place(&mapping.id, "Enabled", mapping.span),
                format!("{} is disabled, and {} fills up", mapping.id, wiring.shown(&mapping.queue)),
                "set Enabled to true",
            )
            .fix(Fix::set(&mapping.id, "Enabled", true)),
        );
    }
    let rules = topology.rules.iter().filter(|rule| !rule.enabled).map(|rule| (&rule.id, rule.span));
    let schedules = topology.schedules.iter().filter(|it| !it.enabled).map(|it| (&it.id, it.span));
    for (id, span) in rules.chain(schedules) {
        report.add(
            Finding::at(
                wiring.place(id, "State", span),
                format!("{id} is disabled, and its targets get nothing"),
                "set State to ENABLED",
            )
            .fix(Fix::set(id, "State", "ENABLED")),
        );
    }
}
