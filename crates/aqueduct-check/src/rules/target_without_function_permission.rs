//! A rule that may not invoke its target function.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "target-without-function-permission",
    summary: "a function that is the target of a rule that may not invoke it",
    level: Level::Error,
    why: "EventBridge does not retry without permission: the event is dropped, or dead-lettered at once.",
    source_url: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html",
    bad: include_str!("../../rules/target-without-function-permission/bad.yaml"),
    good: include_str!("../../rules/target-without-function-permission/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for rule in &wiring.topology.rules {
        for target in rule.targets.iter().filter(|target| target.role.is_none()) {
            let Some(function) = wiring.function(target.arn.as_str()) else { continue };
            if !wiring.may_invoke("events.amazonaws.com", &rule.arn, function) {
                report.add(
                    Finding::at(
                        target.span,
                        format!("no permission lets rule {} invoke {}", rule.id, function.id),
                        format!(
                            "add an AWS::Lambda::Permission on {} with Principal events.amazonaws.com and the rule as \
                         SourceArn",
                            function.id
                        ),
                    )
                    .and(function.span, "is the function"),
                );
            }
        }
    }
}
