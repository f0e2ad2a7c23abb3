//! A wire that is missing.

use aqueduct_topology::Function;

use crate::check::Report;
use crate::publishing::Sent;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "event-that-never-comes",
    summary: "a consumer of an event that is published where it does not lead to it",
    level: Level::Error,
    why: "The function waits for an event that goes elsewhere: what it should do never happens.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/concepts-event-driven-architectures.html",
    bad: include_str!("../../rules/event-that-never-comes/bad.yaml"),
    good: include_str!("../../rules/event-that-never-comes/good.yaml"),
    contracts: Some(include_str!("../../rules/event-that-never-comes/contracts.json")),
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    let sent = wiring.sent();
    for function in &wiring.topology.functions {
        let Some(contract) = wiring.contract(function) else { continue };
        for consumes in &contract.consumes {
            let published: Vec<_> = sent
                .iter()
                .filter(|it| it.publishes.event == consumes.event && it.function.arn != function.arn)
                .collect();
            let Some(first) = published.first().filter(|_| !wiring.sends_elsewhere(&consumes.event)) else { continue };
            let comes = |sent: &&Sent<'_>| leads_to(wiring, sent, function);
            if published.iter().any(comes) || wiring.other_bus(first).is_some() {
                continue;
            }
            report.add(
                Finding::at(
                    function.span,
                    format!(
                        "{} consumes {}, which {} publishes on {}, and nothing leads from there to it",
                        function.id, consumes.event, first.function.id, first.to.id
                    ),
                    format!("subscribe {} to {}, or a queue that it consumes", function.id, first.to.id),
                )
                .and(first.to.span, "is where the event goes"),
            );
        }
    }
}

/// Whether a way from the event's channel to the function exists, or may, whatever its filters: those have rules of their own.
fn leads_to(wiring: &Wiring<'_>, sent: &Sent<'_>, function: &Function) -> bool {
    let topology = wiring.topology;
    let feeds = wiring.feeds(sent.to);
    // A topic or bus behind a bus, a pipe, or a queue of elsewhere may lead on.
    let further = topology
        .rules
        .iter()
        .filter(|it| it.bus == *sent.to.arn)
        .flat_map(|it| &it.targets)
        .any(|it| !matches!(it.arn.service(), "sqs" | "lambda"));
    let piped = topology.pipes.iter().any(|it| it.source == *sent.to.arn || it.target == function.arn);
    let other = topology.streams.iter().any(|it| it.function == function.arn);
    let shown = wiring.is_shown_outside(&[sent.to.arn.as_str(), sent.to.arn.name()]);
    further || piped || other || shown || feeds.iter().any(|it| it.function.arn == function.arn)
}
