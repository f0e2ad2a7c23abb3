//! Messages that come back to who sent them.

use aqueduct_topology::{Arn, Function, Span};

use crate::check::Report;
use crate::publishing::{Feed, Passing};
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "delivery-loop",
    summary: "a function that publishes what leads back to it",
    level: Level::Error,
    why: "Each message makes another one: the function runs without end, and Lambda stops only loops through SQS, SNS, S3 and itself, after about 16 rounds, and none through EventBridge.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html",
    bad: include_str!("../../rules/delivery-loop/bad.yaml"),
    good: include_str!("../../rules/delivery-loop/good.yaml"),
    contracts: Some(include_str!("../../rules/delivery-loop/contracts.json")),
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    declared(wiring, report);
    for function in &wiring.topology.functions {
        let guarded = wiring.contract(function).is_some_and(|it| it.loop_guard.is_some());
        let Some(to) = function.asynchronous.on_success.as_ref().filter(|_| !guarded) else { continue };
        let Some(span) = back(wiring, to, function) else { continue };
        report.add(
            Finding::at(
                function.span,
                format!("{} sends its results to {}, which invokes it again", function.id, wiring.shown(to)),
                "send the results to a queue, topic or bus that does not lead back",
            )
            .and(span, "leads back"),
        );
    }
}

/// Loops of declared events: a function that handles an event and publishes the same where it comes from.
fn declared(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for sent in wiring.sent() {
        let Some(contract) = wiring.contract(sent.function).filter(|it| it.loop_guard.is_none()) else { continue };
        if !contract.consumes.iter().any(|it| it.event == sent.publishes.event) {
            continue;
        }
        let comes_back = |feed: &Feed<'_>| {
            feed.function.arn == sent.function.arn && !feed.transformed && wiring.arrives(&sent, feed) == Passing::Yes
        };
        let Some(feed) = wiring.feeds(sent.to).into_iter().find(comes_back) else { continue };
        report.add(
            Finding::at(
                sent.function.span,
                format!(
                    "{} handles {} and publishes it on {}, which leads back to it",
                    sent.function.id, sent.publishes.event, sent.to.id
                ),
                "publish another event type or filter it out on the way back; if something ends the loop, declare it as the \
                 function's loop guard",
            )
            .and(feed.span, "leads back"),
        );
    }
}

/// Where the way from `to` back to the function stands, if no filter is on it.
fn back(wiring: &Wiring<'_>, to: &Arn, function: &Function) -> Option<Span> {
    let is_it = |arn: &str| wiring.function(arn).is_some_and(|it| it.arn == function.arn);
    if is_it(to.as_str()) {
        return Some(function.span);
    }
    let consumes = |queue: &str| {
        let mappings = wiring.mappings_from(queue).filter(|(it, ..)| it.enabled && it.filters.is_empty());
        mappings.filter(|(.., consumer)| consumer.arn == function.arn).map(|(mapping, ..)| mapping.span).next()
    };
    if let Some(span) = consumes(to.as_str()) {
        return Some(span);
    }
    let open = |id: &str| wiring.gate_of(id).is_none();
    let mut subscriptions = wiring.subscriptions_of(to).filter(|it| open(&it.id));
    subscriptions.find_map(|it| (is_it(&it.endpoint) || consumes(&it.endpoint).is_some()).then_some(it.span))
}
