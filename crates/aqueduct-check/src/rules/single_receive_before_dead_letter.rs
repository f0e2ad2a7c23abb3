//! Messages that get one chance.

use crate::check::Report;
use crate::rule::{Misleading, Rule};
use crate::wiring::Wiring;
use crate::{Finding, Fix, Level};

pub(super) static RULE: Rule = Rule {
    id: "single-receive-before-dead-letter",
    summary: "a queue consumed by a function with a maxReceiveCount of 1",
    level: Level::Error,
    why: "One throttled or timed-out invocation is a receive: the message goes to the dead-letter queue though no function ever looked at it.",
    source_url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
    bad: include_str!("../../rules/single-receive-before-dead-letter/bad.yaml"),
    good: include_str!("../../rules/single-receive-before-dead-letter/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[Misleading {
        linter_rule: "cdk-nag AwsSolutions-SQS3",
        says: "is content with any redrive policy, whatever its maxReceiveCount",
    }],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for queue in &wiring.topology.queues {
        let Some(redrive) = queue.redrive.as_ref().filter(|redrive| redrive.receives_max == 1) else { continue };
        let Some((mapping, _, function)) = wiring.mappings_of(queue).next() else {
            continue;
        };
        report.add(
            Finding::at(
                wiring.place(&queue.id, "RedrivePolicy.maxReceiveCount", queue.span),
                format!(
                    "{} moves a message to {} after 1 receive, and {}'s throttled invocations count",
                    queue.id,
                    wiring.shown(&redrive.target),
                    function.id
                ),
                "set maxReceiveCount to 5 or more",
            )
            .and(wiring.mapping_place(mapping), "consumes it")
            .fix(Fix::set(&queue.id, "RedrivePolicy.maxReceiveCount", 5)),
        );
    }
}
