//! Messages that are handled at the same time although none may be.

use aqueduct_topology::{Function, Span};

use crate::check::Report;
use crate::index::{Consumption, Trigger};
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "one-at-a-time-over-parallel-source",
    summary: "a consumer that relies on handling one message at a time, behind a source that starts several runs",
    level: Level::Warning,
    why: "A standard queue, a topic and a rule start as many runs as there are messages, and MaximumConcurrency is at least 2: two runs change the same thing at the same time.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html",
    bad: include_str!("../../rules/one-at-a-time-over-parallel-source/bad.yaml"),
    good: include_str!("../../rules/one-at-a-time-over-parallel-source/good.yaml"),
    contracts: Some(include_str!("../../rules/one-at-a-time-over-parallel-source/contracts.json")),
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for function in &wiring.topology.functions {
        let relies = wiring.contract(function).is_some_and(|it| it.one_at_a_time);
        let is_limited = function.reserved_concurrency.is_some_and(|reserved| reserved <= 1)
            || !wiring.knows(&function.id, &["ReservedConcurrentExecutions"]);
        if !relies || is_limited {
            continue;
        }
        let Some((what, span)) = parallel_source(wiring, function) else { continue };
        report.add(
            Finding::at(
                span,
                format!("{} relies on handling one message at a time, and {what} starts several runs", function.id),
                "put a FIFO queue in front of it and give every message the same group, or set \
                 ReservedConcurrentExecutions to 1 and maxReceiveCount high enough for the throttles",
            )
            .and(function.span, "handles one at a time"),
        );
    }
}

/// The first source that starts several runs of a function at a time, in words, and where it stands.
fn parallel_source(wiring: &Wiring<'_>, function: &Function) -> Option<(String, Span)> {
    let is_standard = |(_, queue, _): &Consumption<'_>| !queue.fifo && wiring.knows(&queue.id, &["FifoQueue"]);
    let queue = wiring.mappings_to(function).find(is_standard);
    let queue =
        queue.map(|(mapping, queue, _)| (format!("standard queue {}", queue.id), wiring.mapping_place(mapping)));
    queue.or_else(|| {
        wiring.triggers_of(function).find_map(|trigger| match trigger {
            Trigger::Topic(topic, span) => Some((format!("topic {}", wiring.shown(topic)), span)),
            Trigger::Target(from, span) if wiring.bus_rule(from).is_some_and(|rule| rule.pattern.is_some()) => {
                Some((format!("rule {from}"), span))
            }
            Trigger::Target(..) | Trigger::Bucket(..) => None,
        })
    })
}
