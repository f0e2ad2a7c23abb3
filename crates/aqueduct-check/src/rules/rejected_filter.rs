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
    let topology = wiring.topology;
    for subscription in &topology.subscriptions {
        let Some(policy) = resolved(subscription.filter_policy.as_ref()) else { continue };
        let on_body = subscription.filter_policy_scope == "MessageBody";
        let dialect = if on_body { Dialect::SnsBody } else { Dialect::SnsAttributes };
        let place = wiring.place(&subscription.id, "FilterPolicy", subscription.span);
        tell(format!("the filter policy of {}", subscription.id), place, Pattern::parse(dialect, policy));
    }
    let rules = topology.rules.iter().map(|rule| (&rule.id, &rule.pattern, rule.span));
    let archives = topology.archives.iter().map(|archive| (&archive.id, &archive.pattern, archive.span));
    for (id, pattern, span) in rules.chain(archives) {
        let Some(pattern) = resolved(pattern.as_ref()) else { continue };
        let place = wiring.place(id, "EventPattern", span);
        tell(format!("the event pattern of {id}"), place, Pattern::parse(Dialect::Bus, pattern));
    }
    let pipes = topology.pipes.iter().map(|it| (&it.id, &it.filters, it.span, Dialect::Pipes));
    let mappings = topology.mappings.iter().map(|it| (&it.id, &it.filters, it.span, Dialect::Lambda));
    let streams = topology.streams.iter().map(|it| (&it.id, &it.filters, it.span, Dialect::Lambda));
    for (id, filters, span, dialect) in pipes.chain(mappings).chain(streams) {
        let criteria = if dialect == Dialect::Pipes { "SourceParameters.FilterCriteria" } else { "FilterCriteria" };
        for filter in filters {
            tell(format!("a filter of {id}"), wiring.place(id, criteria, span), Pattern::parse_text(dialect, filter));
        }
    }
}

/// The pattern, unless it holds an intrinsic function whose value only the deployment knows.
fn resolved(pattern: Option<&Value>) -> Option<&Value> {
    pattern.filter(|pattern| !holds_intrinsic(pattern))
}
