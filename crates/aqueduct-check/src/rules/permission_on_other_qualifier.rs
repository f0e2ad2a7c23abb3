//! Permissions on another version than the one that is invoked.

use aqueduct_topology::{Arn, Function};

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "permission-on-other-qualifier",
    summary: "a permission on a function where its alias is invoked, or on an alias where the function is",
    level: Level::Error,
    why: "Each version and alias has a policy of its own: SNS and EventBridge are refused and do not try again.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html",
    bad: include_str!("../../rules/permission-on-other-qualifier/bad.yaml"),
    good: include_str!("../../rules/permission-on-other-qualifier/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    let topology = wiring.topology;
    let subscriptions = topology.subscriptions.iter().filter(|it| it.protocol == "lambda");
    let subscriptions =
        subscriptions.map(|it| (it.id.as_str(), it.endpoint.as_str(), "sns.amazonaws.com", &it.topic, it.span));
    let targets = topology.rules.iter().flat_map(|rule| {
        let invoking = rule.targets.iter().filter(|it| it.role.is_none());
        invoking.map(|it| (rule.id.as_str(), it.arn.as_str(), "events.amazonaws.com", &rule.arn, it.span))
    });
    for (id, invoked, principal, source, span) in subscriptions.chain(targets) {
        let Some(function) = wiring.function(invoked) else { continue };
        if !wiring.may_invoke(principal, source, function) || wiring.may_hide(&["AWS::Lambda::Permission"]) {
            continue;
        }
        let mut fitting =
            wiring.permissions_of(function).filter(|it| Wiring::permits(it, principal, source, function)).peekable();
        let Some(first) = fitting.peek().copied() else { continue };
        if fitting.any(|it| it.function.as_str() == invoked) {
            continue;
        }
        report.add(
            Finding::at(
                wiring.place(&first.id, "FunctionName", first.span),
                format!(
                    "{} is for {}, and {id} invokes {}",
                    first.id,
                    qualified(&first.function, function),
                    qualified(&Arn::new(invoked), function)
                ),
                format!("set FunctionName of {} to what {id} invokes", first.id),
            )
            .and(span, "invokes another one"),
        );
    }
}

/// How messages call a function or one of its versions and aliases.
fn qualified(arn: &Arn, function: &Function) -> String {
    match arn.as_str().strip_prefix(function.arn.as_str()).and_then(|rest| rest.strip_prefix(':')) {
        Some(qualifier) => format!("{}:{qualifier}", function.id),
        None => function.id.clone(),
    }
}
