//! Roles of subscribers to custom event buses that may not deliver.

use aqueduct_topology::Arn;

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "subscriber-role-without-permission",
    summary: "a subscriber of a custom event bus whose role may not use the target or the dead-letter queue",
    level: Level::Error,
    why: "A subscriber delivers with its role alone, and writes dead letters with it too: no event arrives, or none that fails is kept.",
    source_url: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-custom-bus-permissions.html",
    bad: include_str!("../../rules/subscriber-role-without-permission/bad.yaml"),
    good: include_str!("../../rules/subscriber-role-without-permission/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for subscriber in wiring.bus_subscribers() {
        let arn = |path: &str| subscriber.property(path).text().map(Arn::new);
        let Some(role) = arn("InvokeConfiguration.RoleArn").and_then(|role| wiring.role(&role)) else { continue };
        for path in ["InvokeConfiguration.TargetArn", "OnFailureConfiguration.Arn"] {
            let Some(to) = arn(path) else { continue };
            let action = match to.service() {
                "sqs" => "sqs:SendMessage",
                "sns" => "sns:Publish",
                "lambda" => "lambda:InvokeFunction",
                _ => continue,
            };
            if wiring.missing_actions(role, &[action], &to).is_empty() {
                continue;
            }
            report.add(
                Finding::at(
                    role.span,
                    format!(
                        "{} does not allow {action} on {}, where {} sends",
                        role.id,
                        wiring.shown(&to),
                        subscriber.id
                    ),
                    wiring.way_to_grant(role, &role.id, &[action], &to, wiring.shown(&to)),
                )
                .and(subscriber.span_of(path), "is where it sends"),
            );
        }
    }
}
