//! Filters that take an object for nothing.

use aqueduct_pattern::{Dialect, Pattern, Satisfiability, Why};
use serde_json::{Value, json};

use crate::check::Report;
use crate::gates::Gate;
use crate::publishing::Sent;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "absence-of-object",
    summary: "a filter that wants a field absent which is an object when it is there",
    level: Level::Warning,
    why: "Patterns see values and not objects: `exists: false` on a field that is an object holds whether it is there or not, and lets everything through.",
    source_url: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html",
    bad: include_str!("../../rules/absence-of-object/bad.yaml"),
    good: include_str!("../../rules/absence-of-object/good.yaml"),
    contracts: Some(include_str!("../../rules/absence-of-object/contracts.json")),
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    let topology = wiring.topology;
    let sent = wiring.sent();
    let subscriptions =
        topology.subscriptions.iter().filter_map(|it| Some((&it.id, &it.topic, it.filter_policy.as_ref()?)));
    let rules = topology.rules.iter().filter_map(|it| Some((&it.id, &it.bus, it.pattern.as_ref()?)));
    for (id, from, written) in subscriptions.chain(rules) {
        let Some(gate) = wiring.gate_of(id) else { continue };
        let Some(dialect) = gate.patterns.as_ref().and_then(|it| it.first()).map(Pattern::dialect) else { continue };
        let mut absent = Vec::new();
        absences(written, &mut Vec::new(), &mut absent);
        for path in absent {
            let Some(probe) = probe(dialect, &path) else { continue };
            let of_object = |it: &&Sent<'_>| it.to.arn == from && is_object(wiring, &gate, it, &probe);
            let Some(sent) = sent.iter().find(of_object) else { continue };
            let path = path.join(".");
            report.add(
                Finding::at(
                    wiring.place(gate.id, gate.property, gate.span),
                    format!(
                        "{} wants no `{path}`, which is an object in {}: it always holds",
                        gate.words(),
                        sent.publishes.event
                    ),
                    format!("ask for a value in it, such as a field that `{path}` always has"),
                )
                .and(sent.function.span, format!("publishes {}", sent.publishes.event)),
            );
        }
    }
}

/// Whether a field is an object in a declared event.
fn is_object(wiring: &Wiring<'_>, gate: &Gate<'_>, sent: &Sent<'_>, probe: &Pattern) -> bool {
    let Some(contracts) = wiring.contracts else { return false };
    match probe.satisfiable(&contracts.seen(sent.publishes, gate.view)) {
        Satisfiability::Impossible { impediments, .. } => {
            impediments.iter().any(|it| matches!(it.why, Why::Object { .. }))
        }
        _ => false,
    }
}

/// A pattern that wants the field there.
fn probe(dialect: Dialect, path: &[&str]) -> Option<Pattern> {
    let there = json!([{ "exists": true }]);
    let pattern = path.iter().rev().fold(there, |inner, key| json!({ *key: inner }));
    Pattern::parse(dialect, &pattern).ok()
}

/// The paths that a pattern wants absent.
fn absences<'p>(pattern: &'p Value, at: &mut Vec<&'p str>, absent: &mut Vec<Vec<&'p str>>) {
    match pattern {
        Value::Object(members) => {
            for (key, inner) in members {
                if key == "$or" {
                    inner.as_array().into_iter().flatten().for_each(|way| absences(way, at, absent));
                    continue;
                }
                at.push(key);
                absences(inner, at, absent);
                at.pop();
            }
        }
        Value::Array(wanted) if wanted.iter().any(|it| it["exists"] == false) => absent.push(at.clone()),
        _ => {}
    }
}
