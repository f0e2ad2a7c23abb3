//! Dead letters that go with the stack.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "dead-letter-queue-deleted-with-stack",
    summary: "a dead-letter queue without a deletion policy",
    level: Level::Advice,
    why: "CloudFormation deletes the queue with the stack, or when a change of its name replaces it, and the messages in it, which nobody has looked at yet.",
    source_url: "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html",
    bad: include_str!("../../rules/dead-letter-queue-deleted-with-stack/bad.yaml"),
    good: include_str!("../../rules/dead-letter-queue-deleted-with-stack/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for (queue, edge) in wiring.dead_letter_queues() {
        let Some(resource) = wiring.topology.resource(&queue.id) else { continue };
        let is_said = resource.deletion_policy.is_some() || resource.update_replace_policy.is_some();
        // Terraform's resources are called `type.name` and have a lifecycle of their own.
        if is_said || resource.generated_by.is_some() || resource.id.contains('.') {
            continue;
        }
        report.add(Finding::at(
            queue.span,
            format!("{}, the dead-letter queue of {}, is deleted with the stack", queue.id, edge.from),
            "set DeletionPolicy to RetainExceptOnCreate and UpdateReplacePolicy to Retain, or to Delete if that is meant",
        ));
    }
}
