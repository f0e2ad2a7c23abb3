//! Filters on attributes that nobody sets.

use aqueduct_contract::View;
use aqueduct_pattern::Why;

use crate::check::Report;
use crate::publishing::{Passing, Sent};
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "attribute-filter-without-attributes",
    summary: "a filter policy on a message attribute that no publisher sets",
    level: Level::Error,
    why: "Without the attribute a message does not match, so nothing is delivered, and nothing tells.",
    source_url: "https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html",
    bad: include_str!("../../rules/attribute-filter-without-attributes/bad.yaml"),
    good: include_str!("../../rules/attribute-filter-without-attributes/good.yaml"),
    contracts: Some(include_str!("../../rules/attribute-filter-without-attributes/contracts.json")),
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    let sent = wiring.sent();
    for subscription in &wiring.topology.subscriptions {
        let Some(gate) = wiring.gate_of(&subscription.id).filter(|it| it.view == View::TopicAttributes) else {
            continue;
        };
        let here: Vec<_> = sent.iter().filter(|it| *it.to.arn == subscription.topic).collect();
        let missing = |sent: &&Sent<'_>| match wiring.passes(&gate, sent.publishes) {
            Passing::No(Some(why)) if matches!(why.why, Why::UnknownField { .. }) => why.paths.first().cloned(),
            _ => None,
        };
        let names: Option<Vec<String>> = here.iter().map(missing).collect();
        let Some(name) = names.and_then(|names| names.into_iter().next()) else { continue };
        report.add(
            Finding::at(
                wiring.place(&subscription.id, "FilterPolicy", subscription.span),
                format!(
                    "{} filters on the attribute `{name}`, which no publisher of {} sets",
                    subscription.id, here[0].to.id
                ),
                "set the attribute when publishing, or FilterPolicyScope to MessageBody if it is a field of the body",
            )
            .and(here[0].function.span, format!("publishes {} without it", here[0].publishes.event)),
        );
    }
}
