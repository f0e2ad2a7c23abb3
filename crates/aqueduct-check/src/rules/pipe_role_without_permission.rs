//! Roles that may not do what their pipe does.

use crate::check::Report;
use crate::grants::POLLING;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "pipe-role-without-permission",
    summary: "a pipe whose role may not read its queue or use its target",
    level: Level::Error,
    why: "The pipe is refused, and EventBridge stops it when that goes on: messages wait until they expire.",
    source_url: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-permissions.html",
    bad: include_str!("../../rules/pipe-role-without-permission/bad.yaml"),
    good: include_str!("../../rules/pipe-role-without-permission/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for pipe in &wiring.topology.pipes {
        let Some(role) = pipe.role.as_ref().and_then(|role| wiring.role(role)) else { continue };
        let steps =
            [Some((&pipe.source, true)), pipe.enrichment.as_ref().map(|it| (it, false)), Some((&pipe.target, false))];
        for (arn, is_source) in steps.into_iter().flatten() {
            let needed: &[&str] = match (arn.service(), is_source) {
                ("sqs", true) => POLLING,
                ("sqs", false) => &["sqs:SendMessage"],
                ("sns", false) => &["sns:Publish"],
                ("lambda", false) => &["lambda:InvokeFunction"],
                ("events", false) if arn.resource().starts_with("event-bus/") => &["events:PutEvents"],
                _ => continue,
            };
            let missing = wiring.missing_actions(role, needed, arn);
            if missing.is_empty() {
                continue;
            }
            report.add(
                Finding::at(
                    role.span,
                    format!(
                        "{} does not allow {} on {}, which {} uses",
                        role.id,
                        missing.join(", "),
                        wiring.shown(arn),
                        pipe.id
                    ),
                    wiring.way_to_grant(role, &role.id, needed, arn, wiring.shown(arn)),
                )
                .and(pipe.span, "is the pipe"),
            );
        }
    }
}
