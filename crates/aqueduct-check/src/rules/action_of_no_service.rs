//! Actions that grant nothing.

use serde_json::Value;

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "action-of-no-service",
    summary: "a role's statement for actions of eventsv2 or eventbridgev2",
    level: Level::Error,
    why: "Custom Event Buses have the actions of `events:`. IAM accepts the other names and grants nothing by them: each call is refused.",
    source_url: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-custom-bus-access.html",
    bad: include_str!("../../rules/action-of-no-service/bad.yaml"),
    good: include_str!("../../rules/action-of-no-service/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for role in &wiring.topology.roles {
        let Some(action) = role.statements.iter().find_map(misnamed) else { continue };
        report.add(Finding::at(
            role.span,
            format!("{action} grants {} nothing", role.id),
            "write the action with `events:`, such as events:PutEvents",
        ));
    }
}

/// An action of a name that the command line and the SDKs have for EventBridge, and IAM has not.
fn misnamed(statement: &Value) -> Option<&str> {
    let actions = match &statement["Action"] {
        Value::Array(actions) => actions.as_slice(),
        action => std::slice::from_ref(action),
    };
    let is_misnamed = |action: &&str| action.starts_with("eventsv2:") || action.starts_with("eventbridgev2:");
    actions.iter().filter_map(Value::as_str).find(is_misnamed)
}
