//! Failure destinations that the function may not use.

use aqueduct_topology::Arn;

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "failure-destination-without-permission",
    summary: "a function whose role may not send to its dead-letter queue or destination",
    level: Level::Error,
    why: "Lambda sends as the function's role: without permission the event is deleted, and only a metric tells.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html",
    bad: include_str!("../../rules/failure-destination-without-permission/bad.yaml"),
    good: include_str!("../../rules/failure-destination-without-permission/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for function in &wiring.topology.functions {
        let Some(role) = wiring.role_of(function) else { continue };
        let own = &function.asynchronous;
        for to in [&own.dead_letter, &own.on_failure, &own.on_success].into_iter().filter_map(Option::as_ref) {
            let Some(action) = action(to) else { continue };
            if wiring.missing_actions(role, &[action], to).is_empty() {
                continue;
            }
            report.add(
                Finding::at(
                    role.span,
                    format!(
                        "{} does not allow {action} on {}, where {} sends its results",
                        wiring.shown_role(role, function),
                        wiring.shown(to),
                        function.id
                    ),
                    wiring.way_to_grant(role, &wiring.shown_role(role, function), &[action], to, wiring.shown(to)),
                )
                .and(function.span, "is the function"),
            );
        }
    }
}

/// What a function's role must be allowed to use a destination.
fn action(to: &Arn) -> Option<&'static str> {
    match to.service() {
        "sqs" => Some("sqs:SendMessage"),
        "sns" => Some("sns:Publish"),
        "events" => Some("events:PutEvents"),
        "lambda" => Some("lambda:InvokeFunction"),
        _ => None,
    }
}
