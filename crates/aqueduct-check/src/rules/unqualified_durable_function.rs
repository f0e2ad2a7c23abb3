//! Durable functions that are called without a version.

use aqueduct_topology::{Function, Span, Topology};

use crate::check::Report;
use crate::index::targets;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "unqualified-durable-function",
    summary: "a durable function that something invokes without a version or alias",
    level: Level::Error,
    why: "Lambda refuses to invoke a durable function by its unqualified ARN, because an execution goes on with the code that it began with: every invocation fails.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking.html",
    bad: include_str!("../../rules/unqualified-durable-function/bad.yaml"),
    good: include_str!("../../rules/unqualified-durable-function/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for function in wiring.topology.functions.iter().filter(|it| wiring.sets(&it.id, "DurableConfig")) {
        for (caller, span) in callers(wiring.topology, function) {
            report.add(
                Finding::at(
                    span,
                    format!("{caller} invokes {}, which is durable, without a version or alias", function.id),
                    format!("publish an alias of {} and name that", function.id),
                )
                .and(wiring.place(&function.id, "DurableConfig", function.span), "makes it durable"),
            );
        }
    }
}

/// What invokes the function by its unqualified ARN.
fn callers<'a>(topology: &'a Topology, function: &'a Function) -> impl Iterator<Item = (&'a str, Span)> {
    let arn = &function.arn;
    let mappings = topology.mappings.iter().filter(move |it| it.function == *arn).map(|it| (it.id.as_str(), it.span));
    let streams = topology.streams.iter().filter(move |it| it.function == *arn).map(|it| (it.id.as_str(), it.span));
    let subscriptions = topology.subscriptions.iter().filter(move |it| it.endpoint == arn.as_str());
    let subscriptions = subscriptions.map(|it| (it.id.as_str(), it.span));
    let targets = targets(topology).filter(move |(_, target)| target.arn == *arn);
    let notifications = topology.notifications.iter().filter(move |it| it.target.as_ref() == Some(arn));
    let notifications = notifications.map(|it| (it.id.as_str(), it.span));
    let pipes = topology.pipes.iter().filter(move |it| it.target == *arn || it.enrichment.as_ref() == Some(arn));
    let pipes = pipes.map(|it| (it.id.as_str(), it.span));
    let targets = targets.map(|(from, target)| (from, target.span));
    mappings.chain(streams).chain(subscriptions).chain(targets).chain(notifications).chain(pipes)
}
