//! Rules that send the same event to the same place twice.

use std::rc::Rc;

use aqueduct_pattern::Pattern;
use aqueduct_topology::{Arn, Rule as BusRule, Target};
use serde_json::{Value, json};

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "overlapping-rules",
    summary: "rules of one bus that can send the same event to the same target or function twice",
    level: Level::Advice,
    why: "EventBridge holds each rule against an event for itself, and knows nothing of what lies behind a target: a queue or function gets one event twice, with one id.",
    source_url: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rules.html",
    bad: include_str!("../../rules/overlapping-rules/bad.yaml"),
    good: include_str!("../../rules/overlapping-rules/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

/// How many rules are held against each other at the most, since each meets every other one: a bus has no more.
///
/// Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html>
const RULES_MAX: usize = 300;

/// A rule, its pattern, and where its events arrive.
struct Known<'a> {
    rule: &'a BusRule,
    patterns: Rc<[Pattern]>,
    ends: Vec<End<'a>>,
}

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    let enabled = wiring.topology.rules.iter().filter(|rule| rule.enabled);
    let known = enabled.filter_map(|rule| {
        Some(Known { rule, patterns: wiring.gate_of(&rule.id)?.patterns?, ends: ends(wiring, rule) })
    });
    let rules: Vec<Known<'_>> = known.take(RULES_MAX).collect();
    let envelope = envelope();
    for (index, Known { rule: first, patterns, ends }) in rules.iter().enumerate() {
        if let Some(twice) = ends.iter().enumerate().find_map(|(at, end)| met(wiring, end, &ends[at + 1..])) {
            report.add(twice_by_one(wiring, first, twice));
        }
        for other in rules[index + 1..].iter().filter(|other| other.rule.bus == first.bus) {
            let Some(end) = ends.iter().find_map(|end| met(wiring, end, &other.ends)) else { continue };
            let Some((pattern, theirs)) = patterns.first().zip(other.patterns.first()) else { continue };
            let overlap = pattern.overlaps(theirs, &envelope);
            let Some(event) = overlap.witness() else { continue };
            let second = other.rule;
            let message = format!(
                "{} and {} both match an event such as {event}, and both send it to {}",
                first.id,
                second.id,
                shown(wiring, end)
            );
            let help = "let one pattern leave out what the other matches, or join the two rules";
            report.add(
                Finding::at(wiring.place(&second.id, "EventPattern", second.span), message, help)
                    .and(wiring.place(&first.id, "EventPattern", first.span), "matches it too"),
            );
        }
    }
}

fn twice_by_one(wiring: &Wiring<'_>, rule: &BusRule, (end, other): (&End<'_>, &End<'_>)) -> Finding {
    let message = format!("{} sends each event twice to {}", rule.id, shown(wiring, (end, other)));
    Finding::at(other.target.span, message, "remove one of the two targets").and(end.target.span, "leads there too")
}

/// Where events of a rule arrive, by one of its targets.
struct End<'a> {
    arn: &'a Arn,
    target: &'a Target,
    /// Whether it is the target itself, and not something behind it.
    direct: bool,
}

/// The targets of a rule, and the functions behind the queues and topics among them.
fn ends<'a>(wiring: &Wiring<'a>, rule: &'a BusRule) -> Vec<End<'a>> {
    let mut ends = Vec::new();
    for target in &rule.targets {
        ends.push(End { arn: &target.arn, target, direct: true });
        let subscribed = wiring.subscriptions_of(&target.arn).filter(|it| wiring.gate_of(&it.id).is_none());
        for endpoint in subscribed.map(|it| it.endpoint.as_str()).chain([target.arn.as_str()]) {
            let function = wiring.function(endpoint).filter(|_| endpoint != target.arn.as_str());
            let mapped =
                wiring.mappings_from(endpoint).filter(|(mapping, ..)| mapping.enabled && mapping.filters.is_empty());
            for function in function.into_iter().chain(mapped.map(|(.., function)| function)) {
                ends.push(End { arn: &function.arn, target, direct: false });
            }
        }
    }
    ends
}

/// The end among `others` where the same event arrives again, in the same words, and is not known for a duplicate.
fn met<'e, 'a>(wiring: &Wiring<'a>, end: &'e End<'a>, others: &'e [End<'a>]) -> Option<(&'e End<'a>, &'e End<'a>)> {
    let words = |target: &'a Target| (&target.input, &target.input_path, &target.input_transformer);
    let bears = |arn: &Arn| {
        let queue = wiring.queue(arn.as_str()).is_some_and(|it| it.fifo && it.content_based_deduplication);
        let function = wiring.function(arn.as_str()).and_then(|it| wiring.contract(it));
        queue || function.is_some_and(|it| it.idempotency.is_some())
    };
    let same = |other: &&End<'a>| {
        let is_it = other.arn == end.arn && words(other.target) == words(end.target);
        is_it && ((end.direct && other.direct) || !bears(end.arn))
    };
    // What lies behind one target is one way, whatever number of subscriptions leads there.
    let other = others.iter().filter(|other| !std::ptr::eq(other.target, end.target)).find(same)?;
    Some((end, other))
}

/// The place where both arrive, and by which ways when these differ.
fn shown(wiring: &Wiring<'_>, (end, other): (&End<'_>, &End<'_>)) -> String {
    let name = wiring.shown(end.arn);
    if end.direct && other.direct {
        return end.arn.name().to_owned();
    }
    let by = |end: &End<'_>| {
        if end.direct { "directly".to_owned() } else { format!("by {}", wiring.shown(&end.target.arn)) }
    };
    format!("{name}, {} and {}", by(end), by(other))
}

/// What every event of a bus has. Nothing is known of its detail, so that an event which both match is shown, and not claimed
/// to be sent.
///
/// Source: <https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html>
fn envelope() -> Value {
    let text = json!({ "type": "string" });
    json!({
        "type": "object",
        "properties": {
            "version": text, "id": text, "detail-type": text, "source": text, "account": text, "time": text, "region": text,
            "resources": { "type": "array", "items": text },
            "detail": { "type": "object" },
        },
    })
}
