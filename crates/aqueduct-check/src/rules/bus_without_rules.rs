//! Buses that nobody listens to.

use aqueduct_topology::Function;

use crate::check::Report;
use crate::policy::names_resource;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "bus-without-rules",
    summary: "a bus that events are put on and that has no rules",
    level: Level::Warning,
    why: "EventBridge accepts the events and drops them.",
    source_url: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-concepts.html",
    bad: include_str!("../../rules/bus-without-rules/bad.yaml"),
    good: include_str!("../../rules/bus-without-rules/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    let topology = wiring.topology;
    if wiring.may_hide(&["AWS::Events::Rule", "AWS::Events::Archive"]) {
        return;
    }
    for bus in topology.buses.iter().filter(|bus| bus.name != "default") {
        let heard =
            topology.rules.iter().any(|it| it.bus == bus.arn) || topology.archives.iter().any(|it| it.bus == bus.arn);
        let shared = topology.bus_policies.iter().any(|it| it.resources.contains(&bus.arn));
        if heard || shared || wiring.is_shown_outside(&[bus.arn.as_str(), &bus.name]) {
            continue;
        }
        let names_it = |function: &&Function| {
            function.statements.iter().any(|it| names_resource(it, "events:PutEvents", bus.arn.as_str()))
        };
        let Some(function) = topology.functions.iter().find(names_it) else { continue };
        report.add(
            Finding::at(
                bus.span,
                format!("{} has no rules, and what {} puts on it is dropped", bus.id, function.id),
                "add an AWS::Events::Rule, or an output if another stack has the rules",
            )
            .and(function.span, "puts events on it"),
        );
    }
}
