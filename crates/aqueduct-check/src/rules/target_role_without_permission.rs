//! Roles that may not reach their target.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "target-role-without-permission",
    summary: "a rule's or schedule's role that may not use the target",
    level: Level::Error,
    why: "EventBridge and Scheduler are refused: nothing is ever delivered.",
    source_url: "https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html",
    bad: include_str!("../../rules/target-role-without-permission/bad.yaml"),
    good: include_str!("../../rules/target-role-without-permission/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for (from, target) in wiring.targets() {
        let Some(role) = target.role.as_ref().and_then(|role| wiring.role(role)) else { continue };
        let action = match target.arn.service() {
            "sqs" => "sqs:SendMessage",
            "sns" => "sns:Publish",
            "lambda" => "lambda:InvokeFunction",
            "events" if target.arn.resource().starts_with("event-bus/") => "events:PutEvents",
            _ => continue,
        };
        if wiring.missing_actions(role, &[action], &target.arn).is_empty() {
            continue;
        }
        report.add(
            Finding::at(
                role.span,
                format!("{} does not allow {action} on {}, where {from} sends", role.id, wiring.shown(&target.arn)),
                wiring.way_to_grant(role, &role.id, &[action], &target.arn, wiring.shown(&target.arn)),
            )
            .and(target.span, "is the target"),
        );
    }
}
