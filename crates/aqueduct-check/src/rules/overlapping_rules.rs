//! Two rules of one bus that send the same event to the same target.

use aqueduct_pattern::Pattern;
use aqueduct_topology::{Rule as BusRule, Target};
use serde_json::{Value, json};

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "overlapping-rules",
    summary: "two rules of one bus that can match the same event and send it to the same target",
    level: Level::Advice,
    why: "EventBridge holds each rule against an event for itself: the target gets one event twice, with one id.",
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

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    let enabled = wiring.topology.rules.iter().filter(|rule| rule.enabled);
    let known = enabled.filter_map(|rule| Some((rule, wiring.gate_of(&rule.id)?.patterns?.first()?.clone())));
    let patterns: Vec<(&BusRule, Pattern)> = known.take(RULES_MAX).collect();
    let envelope = envelope();
    for (index, (first, pattern)) in patterns.iter().enumerate() {
        for (second, other) in patterns[index + 1..].iter().filter(|(second, _)| second.bus == first.bus) {
            let Some(target) = shared(first, second) else { continue };
            let overlap = pattern.overlaps(other, &envelope);
            let Some(event) = overlap.witness() else { continue };
            let message = format!(
                "{} and {} both match an event such as {event}, and both send it to {}",
                first.id,
                second.id,
                target.arn.name()
            );
            let help = "let one pattern leave out what the other matches, or join the two rules";
            report.add(
                Finding::at(wiring.place(&second.id, "EventPattern", second.span), message, help)
                    .and(wiring.place(&first.id, "EventPattern", first.span), "matches it too"),
            );
        }
    }
}

/// A target of both.
fn shared<'a>(first: &BusRule, second: &'a BusRule) -> Option<&'a Target> {
    second.targets.iter().find(|target| first.targets.iter().any(|other| other.arn == target.arn))
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
