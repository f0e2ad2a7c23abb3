//! A gap in the order.

use aqueduct_contract::Ordering;

use crate::check::Report;
use crate::rule::{Misleading, Rule};
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "dead-letters-break-order",
    summary: "a dead-letter queue behind a FIFO queue whose consumer needs every message in order",
    level: Level::Warning,
    why: "A message that is moved away is missing where the order needs it, and the messages behind it are processed without it.",
    source_url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
    bad: include_str!("../../rules/dead-letters-break-order/bad.yaml"),
    good: include_str!("../../rules/dead-letters-break-order/good.yaml"),
    contracts: Some(include_str!("../../rules/dead-letters-break-order/contracts.json")),
    samples: &[],
    misled_by: &[Misleading {
        linter_rule: "cdk-nag AwsSolutions-SQS3",
        says: "asks every queue for a dead-letter queue",
    }],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for (mapping, queue, function) in wiring.mappings().filter(|(_, queue, _)| queue.fifo) {
        let strict = wiring.contract(function).is_some_and(|it| it.ordering == Ordering::Strict);
        let Some(redrive) = queue.redrive.as_ref().filter(|_| strict) else { continue };
        report.add(
            Finding::at(
                wiring.place(&queue.id, "RedrivePolicy", queue.span),
                format!(
                    "{} needs every message of {} in order, and one that fails is moved to {}",
                    function.id,
                    queue.id,
                    wiring.shown(&redrive.target)
                ),
                "remove the RedrivePolicy and watch the age of the oldest message, so that a group waits for the message that fails",
            )
            .and(wiring.mapping_place(mapping), "needs the order"),
        );
    }
}
