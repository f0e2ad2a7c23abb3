//! Failures that start the function again.

use aqueduct_topology::{Arn, Function, Span};

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "failure-destination-loop",
    summary: "a function whose dead-letter queue or failure destination leads back to it",
    level: Level::Error,
    why: "An event that always fails invokes the function again and again, and each round costs; no failure is ever at rest where somebody could see it.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html",
    bad: include_str!("../../rules/failure-destination-loop/bad.yaml"),
    good: include_str!("../../rules/failure-destination-loop/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for function in &wiring.topology.functions {
        let own = &function.asynchronous;
        let mut gives_up = [&own.dead_letter, &own.on_failure].into_iter().filter_map(Option::as_ref);
        let Some((to, span)) = gives_up.find_map(|to| Some((to, back(wiring, to, function)?))) else { continue };
        report.add(
            Finding::at(
                function.span,
                format!("{} gives up to {}, which invokes it again", function.id, wiring.shown(to)),
                "send failures to a queue that this function does not consume",
            )
            .and(span, "leads back"),
        );
    }
}

/// Where the way from `to` back to the function stands.
fn back(wiring: &Wiring<'_>, to: &Arn, function: &Function) -> Option<Span> {
    let is_it = |arn: &str| wiring.function(arn).is_some_and(|it| it.arn == function.arn);
    if is_it(to.as_str()) {
        return Some(function.span);
    }
    let consumes = |queue: &str| {
        let mappings = wiring.mappings_from(queue).filter(|(it, ..)| it.enabled);
        mappings.filter(|(.., consumer)| consumer.arn == function.arn).map(|(mapping, ..)| mapping.span).next()
    };
    if let Some(span) = consumes(to.as_str()) {
        return Some(span);
    }
    let mut subscriptions = wiring.subscriptions_of(to).filter(|it| it.filter_policy.is_none());
    subscriptions.find_map(|it| (is_it(&it.endpoint) || consumes(&it.endpoint).is_some()).then_some(it.span))
}
