//! Filters that their service does not accept.

use aqueduct_pattern::{Dialect, Pattern, PatternError};
use aqueduct_topology::Span;
use serde_json::Value;

use crate::check::Report;
use crate::policy::holds_intrinsic;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "rejected-filter",
    summary: "a filter policy, event pattern or filter criterion that its service rejects",
    level: Level::Error,
    why: "The deployment fails, and until then nothing is filtered as meant.",
    source_url: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html",
    bad: include_str!("../../rules/rejected-filter/bad.yaml"),
    good: include_str!("../../rules/rejected-filter/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    let mut tell = |what: String, span: Span, read: Result<Pattern, PatternError>| {
        if let Err(error) = read {
            report.add(Finding::at(
                span,
                format!("{what} is rejected: {error}"),
                "rewrite it within what the service accepts",
            ));
        }
    };
    for subscription in &wiring.topology.subscriptions {
        let Some(policy) = resolved(subscription.filter_policy.as_ref()) else { continue };
        let on_body = subscription.filter_policy_scope == "MessageBody";
        let dialect = if on_body { Dialect::SnsBody } else { Dialect::SnsAttributes };
        tell(format!("the filter policy of {}", subscription.id), subscription.span, Pattern::parse(dialect, policy));
    }
    for rule in &wiring.topology.rules {
        let Some(pattern) = resolved(rule.pattern.as_ref()) else { continue };
        tell(format!("the event pattern of {}", rule.id), rule.span, Pattern::parse(Dialect::Bus, pattern));
    }
    for archive in &wiring.topology.archives {
        let Some(pattern) = resolved(archive.pattern.as_ref()) else { continue };
        tell(format!("the event pattern of {}", archive.id), archive.span, Pattern::parse(Dialect::Bus, pattern));
    }
    for pipe in &wiring.topology.pipes {
        for filter in &pipe.filters {
            tell(format!("a filter of {}", pipe.id), pipe.span, Pattern::parse_text(Dialect::Pipes, filter));
        }
    }
    for mapping in &wiring.topology.mappings {
        for filter in &mapping.filters {
            tell(format!("a filter of {}", mapping.id), mapping.span, Pattern::parse_text(Dialect::Lambda, filter));
        }
    }
}

/// The pattern, unless it holds an intrinsic function whose value only the deployment knows.
fn resolved(pattern: Option<&Value>) -> Option<&Value> {
    pattern.filter(|pattern| !holds_intrinsic(pattern))
}
