//! Functions that may never run.

use aqueduct_topology::{Function, Span};

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "consumer-without-concurrency",
    summary: "a function with triggers whose reserved concurrency is 0",
    level: Level::Error,
    why: "Every invocation is throttled: messages of a queue go round until they are dead letters, and asynchronous events go to the failure destination or are discarded.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html",
    bad: include_str!("../../rules/consumer-without-concurrency/bad.yaml"),
    good: include_str!("../../rules/consumer-without-concurrency/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for function in wiring.topology.functions.iter().filter(|function| function.reserved_concurrency == Some(0)) {
        let Some((trigger, span)) = trigger(wiring, function) else { continue };
        report.add(
            Finding::at(
                wiring.place(&function.id, "ReservedConcurrentExecutions", function.span),
                format!("{} may run 0 times at once, so nothing that {trigger} sends is ever processed", function.id),
                "remove ReservedConcurrentExecutions, or disable the trigger while the function is to stand still",
            )
            .and(span, "sends to it"),
        );
    }
}

/// Something that is enabled and sends to the function.
fn trigger<'a>(wiring: &Wiring<'a>, function: &Function) -> Option<(&'a str, Span)> {
    let is_it = |arn: &str| wiring.function(arn).is_some_and(|it| it.arn == function.arn);
    let topology = wiring.topology;
    let mapping = topology.mappings.iter().find(|it| it.enabled && is_it(it.function.as_str()));
    let subscription = topology.subscriptions.iter().find(|it| is_it(&it.endpoint));
    let rule =
        topology.rules.iter().find(|rule| rule.enabled && rule.targets.iter().any(|target| is_it(target.arn.as_str())));
    let schedule = topology.schedules.iter().find(|it| it.enabled && is_it(it.target.arn.as_str()));
    mapping
        .map(|it| (wiring.shown(&it.queue), it.span))
        .or_else(|| subscription.map(|it| (wiring.shown(&it.topic), it.span)))
        .or_else(|| rule.map(|it| (it.id.as_str(), it.span)))
        .or_else(|| schedule.map(|it| (it.id.as_str(), it.span)))
}
