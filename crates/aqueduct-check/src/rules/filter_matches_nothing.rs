//! Filters that no event passes.

use aqueduct_contract::View;
use aqueduct_pattern::{Impediment, Why};
use aqueduct_topology::Arn;

use crate::check::Report;
use crate::gates::Gate;
use crate::publishing::{Passing, reason};
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "filter-matches-nothing",
    summary: "a filter policy or event pattern that no declared event can match",
    level: Level::Error,
    why: "Nothing is delivered, and nothing tells: a filter that matches nothing looks like a consumer without work.",
    source_url: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern.html",
    bad: include_str!("../../rules/filter-matches-nothing/bad.yaml"),
    good: include_str!("../../rules/filter-matches-nothing/good.yaml"),
    contracts: Some(include_str!("../../rules/filter-matches-nothing/contracts.json")),
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    let sent = wiring.sent();
    for (gate, from) in gates(wiring) {
        let here: Vec<_> = sent.iter().filter(|it| it.to.arn == from).collect();
        let Some(first) = here.first() else { continue };
        let mut why = None;
        let none = here.iter().all(|it| match wiring.passes(&gate, it.publishes) {
            Passing::No(reason) => {
                why = why.take().or(reason);
                true
            }
            _ => false,
        });
        if !none || is_of_aws(wiring, gate.id) || is_missing_attribute(&gate, why.as_ref()) {
            continue;
        }
        report.add(
            Finding::at(
                wiring.place(gate.id, gate.property, gate.span),
                format!("{} lets no event of {} through: {}", gate.id, first.to.id, reason(why.as_ref())),
                format!("write the {} for what the publishers send", gate.property),
            )
            .and(first.function.span, format!("publishes {}", first.publishes.event)),
        );
    }
}

/// Every filter of a subscription or rule, with the topic or bus that it filters.
fn gates<'a>(wiring: &Wiring<'a>) -> Vec<(Gate<'a>, &'a Arn)> {
    let topology = wiring.topology;
    let subscriptions = topology.subscriptions.iter().map(|it| (&it.id, &it.topic));
    let rules = topology.rules.iter().filter(|it| it.pattern.is_some()).map(|it| (&it.id, &it.bus));
    subscriptions.chain(rules).filter_map(|(id, from)| Some((wiring.gate_of(id)?, from))).collect()
}

/// Whether a rule waits for events that AWS itself puts on the bus, which nobody declares.
fn is_of_aws(wiring: &Wiring<'_>, id: &str) -> bool {
    let rule = wiring.bus_rule(id);
    let Some(pattern) = rule.and_then(|it| it.pattern.as_ref()) else { return false };
    pattern["source"]
        .as_array()
        .is_some_and(|it| it.iter().any(|it| it.as_str().is_none_or(|it| it.starts_with("aws."))))
}

/// Whether `attribute-filter-without-attributes` speaks.
fn is_missing_attribute(gate: &Gate<'_>, why: Option<&Impediment>) -> bool {
    gate.view == View::TopicAttributes && why.is_some_and(|it| matches!(it.why, Why::UnknownField { .. }))
}
