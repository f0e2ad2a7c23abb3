//! Messages that come back to who sent them.

use std::collections::{BTreeSet, VecDeque};

use aqueduct_contract::FunctionContract;
use aqueduct_topology::{Arn, Function, Span};

use crate::check::Report;
use crate::publishing::{Feed, Passing, Sent};
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "delivery-loop",
    summary: "functions that publish what leads back to them",
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
    circles(wiring, report);
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

/// A function that sends an event on because of one that it got, and the function that gets it.
struct Step<'a> {
    sent: Sent<'a>,
    to: &'a Function,
    /// Where the way leaves the channel.
    span: Span,
}

/// Circles through several functions. A function that handles one event only, and answers no requests, publishes because of
/// that event, so that such functions in a circle prove it; what others publish may have another reason.
fn circles(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    let steps = steps(wiring);
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for function in &wiring.topology.functions {
        if told.contains(function.id.as_str()) {
            continue;
        }
        let Some(circle) = circle(&steps, function) else { continue };
        told.extend(circle.iter().map(|step| step.sent.function.id.as_str()));
        let words = |step: &&Step<'_>| {
            format!("{} publishes {} on {}", step.sent.function.id, step.sent.publishes.event, step.sent.to.id)
        };
        let words: Vec<String> = circle.iter().map(words).collect();
        let mut finding = Finding::at(
            function.span,
            format!("messages go in a circle: {}, which leads back to {}", words.join(", "), function.id),
            "break the circle, or filter on the way back; if something ends it, declare it as the loop guard of one of the \
             functions",
        );
        for step in circle {
            finding = finding.and(step.span, format!("leads to {}", step.to.id));
        }
        report.add(finding);
    }
}

/// The steps that contracts prove, of one function to another.
fn steps<'a>(wiring: &Wiring<'a>) -> Vec<Step<'a>> {
    let mut steps = Vec::new();
    for sent in wiring.sent() {
        let Some(only) = wiring.contract(sent.function).and_then(only_event) else { continue };
        for feed in wiring.feeds(sent.to) {
            let takes = wiring.contract(feed.function).and_then(only_event) == Some(sent.publishes.event.as_str());
            // A function that gets its own event back is told already.
            let is_same = feed.function.arn == sent.function.arn && only == sent.publishes.event;
            if takes && !is_same && !feed.transformed && wiring.arrives(&sent, &feed) == Passing::Yes {
                steps.push(Step { sent, to: feed.function, span: feed.span });
            }
        }
    }
    steps
}

/// The event that is the only reason for a function to run; none where there are others, or something ends a loop.
fn only_event(contract: &FunctionContract) -> Option<&str> {
    let mut events = contract.consumes.iter().map(|it| it.event.as_str());
    let first = events.next()?;
    (!contract.http && contract.loop_guard.is_none() && events.all(|it| it == first)).then_some(first)
}

/// The shortest way from a function back to it.
fn circle<'s, 'a>(steps: &'s [Step<'a>], from: &Function) -> Option<Vec<&'s Step<'a>>> {
    let mut ways: VecDeque<Vec<&Step<'a>>> = VecDeque::from([Vec::new()]);
    let mut seen: BTreeSet<&Arn> = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        let here = way.last().map_or(&from.arn, |step| &step.to.arn);
        if !way.is_empty() && *here == from.arn {
            return Some(way);
        }
        for step in steps.iter().filter(|step| step.sent.function.arn == *here) {
            if seen.insert(&step.to.arn) {
                ways.push_back(way.iter().copied().chain([step]).collect());
            }
        }
    }
    None
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
