//! More than an account has unless it asked.

use aqueduct_topology::{Rule as BusRule, Span};
use serde_json::Value;

use crate::check::Report;
use crate::policy::holds_intrinsic;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "beyond-default-quota",
    summary: "more rules on a bus, filter policies on a topic or characters in a pattern than an account has by default",
    level: Level::Warning,
    why: "The deployment fails in an account whose quota was not raised.",
    source_url: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html",
    bad: include_str!("../../rules/beyond-default-quota/bad.yaml"),
    good: include_str!("../../rules/beyond-default-quota/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

/// Rules of one bus, those of them with wildcards, filter policies of one topic, characters of one pattern.
///
/// Sources: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html>,
/// <https://docs.aws.amazon.com/general/latest/gr/sns.html>
const RULES_MAX: usize = 300;
const WILDCARD_RULES_MAX: usize = 30;
const FILTER_POLICIES_MAX: usize = 200;
const PATTERN_CHARACTERS_MAX: usize = 2_048;

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    let topology = wiring.topology;
    let mut tell = |span: Span, message: String| {
        report.add(Finding::at(span, message, "stay below it, or have the quota raised in every account first"));
    };
    for bus in &topology.buses {
        let rules = wiring.rules_of(&bus.arn).count();
        if rules > RULES_MAX {
            tell(
                bus.span,
                format!("{} has {rules} rules, and an account has {RULES_MAX} for a bus by default", bus.id),
            );
        }
        let has_wildcard = |it: &&BusRule| it.pattern.as_ref().is_some_and(holds_wildcard);
        let rules = wiring.rules_of(&bus.arn).filter(has_wildcard).count();
        if rules > WILDCARD_RULES_MAX {
            tell(
                bus.span,
                format!("{} has {rules} rules with wildcards, and a bus takes {WILDCARD_RULES_MAX}", bus.id),
            );
        }
    }
    for topic in &topology.topics {
        let filtered = wiring.subscriptions_of(&topic.arn).filter(|it| it.filter_policy.is_some()).count();
        if filtered > FILTER_POLICIES_MAX {
            let words = format!(
                "{} has {filtered} filter policies, and an account has {FILTER_POLICIES_MAX} for a topic by default",
                topic.id
            );
            tell(topic.span, words);
        }
    }
    for rule in &topology.rules {
        let Some(pattern) = rule.pattern.as_ref().filter(|pattern| !holds_intrinsic(pattern)) else { continue };
        let characters = pattern.to_string().chars().count();
        if characters > PATTERN_CHARACTERS_MAX {
            let words = format!(
                "the event pattern of {} has {characters} characters, and an account has {PATTERN_CHARACTERS_MAX} by default",
                rule.id
            );
            tell(wiring.place(&rule.id, "EventPattern", rule.span), words);
        }
    }
}

fn holds_wildcard(pattern: &Value) -> bool {
    match pattern {
        Value::Object(members) => members.iter().any(|(key, inner)| key == "wildcard" || holds_wildcard(inner)),
        Value::Array(items) => items.iter().any(holds_wildcard),
        _ => false,
    }
}
