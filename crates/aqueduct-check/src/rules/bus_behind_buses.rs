//! Events that two buses would have to hand on.

use aqueduct_contract::ChannelKind;
use aqueduct_topology::{Arn, Bus, Rule as BusRule};

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "bus-behind-buses",
    summary: "a rule that hands to a third bus what its own bus only gets from another bus",
    level: Level::Error,
    why: "An event that came from another bus does not go on to a third one: the rule matches and nothing arrives. The same stops a circle of buses.",
    source_url: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-bus-to-bus.html",
    bad: include_str!("../../rules/bus-behind-buses/bad.yaml"),
    good: include_str!("../../rules/bus-behind-buses/good.yaml"),
    contracts: Some(include_str!("../../rules/bus-behind-buses/contracts.json")),
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    let topology = wiring.topology;
    let hands_on = |rule: &BusRule| rule.enabled && rule.pattern.is_some();
    let to_bus = |arn: &Arn| arn.resource().starts_with("event-bus/");
    for bus in topology.buses.iter().filter(|bus| gets_nothing_itself(wiring, bus)) {
        let others = topology.rules.iter().filter(|rule| hands_on(rule) && rule.bus != bus.arn);
        let Some(first) = others.into_iter().find(|rule| rule.targets.iter().any(|it| it.arn == bus.arn)) else {
            continue;
        };
        for rule in wiring.rules_of(&bus.arn).filter(|rule| hands_on(rule)) {
            for target in rule.targets.iter().filter(|it| to_bus(&it.arn)) {
                report.add(
                    Finding::at(
                        target.span,
                        format!(
                            "{} hands events of {} on to {}, and {} has none but those that {} brings",
                            rule.id,
                            bus.id,
                            wiring.shown(&target.arn),
                            bus.id,
                            first.id
                        ),
                        format!("add a rule on the first bus with {} as its target", wiring.shown(&target.arn)),
                    )
                    .and(first.span, "brings them from another bus"),
                );
            }
        }
    }
}

/// Whether nobody puts events on the bus, as far as contracts and template tell.
fn gets_nothing_itself(wiring: &Wiring<'_>, bus: &Bus) -> bool {
    let Some(contracts) = wiring.contracts else { return false };
    let published = contracts.functions.iter().flat_map(|it| &it.publishes);
    let declared = published.filter(|it| it.to.kind == ChannelKind::Bus).count();
    let sent = wiring.sent();
    let known: Vec<_> = sent.iter().filter(|it| it.to.kind == ChannelKind::Bus).collect();
    let topology = wiring.topology;
    declared > 0
        && known.len() == declared
        && known.iter().all(|it| *it.to.arn != bus.arn)
        // AWS's own events come to the default bus, a partner's to one that is named for it.
        && bus.name != "default"
        && !wiring.sets(&bus.id, "EventSourceName")
        && !topology.bus_policies.iter().any(|policy| policy.resources.contains(&bus.arn))
        && !topology.schedules.iter().any(|it| it.target.arn == bus.arn)
        && !topology.pipes.iter().any(|it| it.target == bus.arn)
        && topology.state_machines.is_empty()
        && !wiring.is_shown_outside(&[bus.arn.as_str(), &bus.name])
}
