//! SAM events on a role that SAM did not make.

use crate::check::Report;
use crate::grants::POLLING;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "sam-role-without-polling-rights",
    summary: "a SAM function with a Role of its own that may not poll the queue of its SQS event",
    level: Level::Error,
    why: "SAM attaches AWSLambdaSQSQueueExecutionRole only to roles that it makes; with a role of one's own Lambda may not poll, and the deployment fails or messages come again and again.",
    source_url: "https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-sqs.html",
    bad: include_str!("../../rules/sam-role-without-polling-rights/bad.yaml"),
    good: include_str!("../../rules/sam-role-without-polling-rights/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for (mapping, queue, function) in wiring.mappings().filter(|(mapping, ..)| wiring.is_sam_event(&mapping.id)) {
        let Some(role) = wiring.role_of(function) else { continue };
        let missing = wiring.missing_actions(role, POLLING, &queue.arn);
        if missing.is_empty() {
            continue;
        }
        report.add(
            Finding::at(
                wiring.place(&function.id, "Role", function.span),
                format!(
                    "{} has the role {}, to which SAM adds nothing, and which does not allow {} on {}",
                    function.id,
                    role.id,
                    missing.join(", "),
                    queue.id
                ),
                format!("attach AWSLambdaSQSQueueExecutionRole to {}, or remove Role and let SAM make one", role.id),
            )
            .and(mapping.span, "consumes the queue")
            .and(role.span, "is the role"),
        );
    }
}
