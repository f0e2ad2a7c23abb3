//! Consumers that may not take messages.

use crate::check::Report;
use crate::grants::POLLING;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "role-without-polling-rights",
    summary: "a function whose role may not receive and delete the messages of its queue",
    level: Level::Error,
    why: "Lambda polls as the function's role: without ReceiveMessage nothing comes, without DeleteMessage every message comes again until it is a dead letter.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html",
    bad: include_str!("../../rules/role-without-polling-rights/bad.yaml"),
    good: include_str!("../../rules/role-without-polling-rights/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for (mapping, queue, function) in wiring.mappings() {
        // What SAM would have given its own role is `sam-role-without-polling-rights`.
        if wiring.is_sam_event(&mapping.id) {
            continue;
        }
        let Some(role) = wiring.role_of(function) else { continue };
        let missing = wiring.missing_actions(role, POLLING, &queue.arn);
        if missing.is_empty() {
            continue;
        }
        report.add(
            Finding::at(
                role.span,
                format!(
                    "{} does not allow {} on {}, which {} consumes",
                    wiring.shown_role(role, function),
                    missing.join(", "),
                    queue.id,
                    function.id
                ),
                wiring.way_to_grant(role, &wiring.shown_role(role, function), POLLING, &queue.arn, &queue.id),
            )
            .and(wiring.mapping_place(mapping), "consumes it"),
        );
    }
}
