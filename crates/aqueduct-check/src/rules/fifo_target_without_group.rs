//! FIFO queues that refuse what a rule sends.

use aqueduct_topology::Queue;

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Fix, Level};

pub(super) static RULE: Rule = Rule {
    id: "fifo-target-without-group",
    summary: "a rule or schedule that sends to a FIFO queue without a message group or deduplication",
    level: Level::Error,
    why: "SQS refuses a message without a group, and one without a deduplication id unless the queue makes it of the content: no event arrives.",
    source_url: "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_SqsParameters.html",
    bad: include_str!("../../rules/fifo-target-without-group/bad.yaml"),
    good: include_str!("../../rules/fifo-target-without-group/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for (from, target) in wiring.targets().filter(|(_, target)| target.arn.service() == "sqs") {
        let queue = wiring.queue(target.arn.as_str());
        if !target.arn.name().ends_with(".fifo") && !queue.is_some_and(|queue| queue.fifo) {
            continue;
        }
        if target.group.is_none()
            && !wiring.hides_in_target(from, target, &["SqsParameters", "SqsParameters.MessageGroupId"])
        {
            report.add(Finding::at(
                target.span,
                format!("{from} sends to FIFO queue {} without a message group", wiring.shown(&target.arn)),
                "set SqsParameters.MessageGroupId of the target",
            ));
            continue;
        }
        let known = |queue: &&Queue| wiring.knows(&queue.id, &["ContentBasedDeduplication"]);
        if let Some(queue) = queue.filter(|queue| !queue.content_based_deduplication).filter(known) {
            report.add(
                Finding::at(
                    wiring.place(&queue.id, "ContentBasedDeduplication", queue.span),
                    format!("{from} sends to FIFO queue {} without a deduplication id", queue.id),
                    format!("set ContentBasedDeduplication of {} to true", queue.id),
                )
                .and(target.span, "cannot give a deduplication id")
                .fix(Fix::set(&queue.id, "ContentBasedDeduplication", true)),
            );
        }
    }
}
