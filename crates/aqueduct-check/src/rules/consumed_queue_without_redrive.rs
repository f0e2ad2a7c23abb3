//! A queue whose poison messages have nowhere to go.

use crate::check::Report;
use crate::rule::{Misleading, Rule};
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "consumed-queue-without-redrive",
    summary: "a queue consumed by a function or pipe without a redrive policy",
    level: Level::Warning,
    why: "A message that always fails comes back until its retention ends and is then gone; in a FIFO queue it blocks its group all that time.",
    source_url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
    bad: include_str!("../../rules/consumed-queue-without-redrive/bad.yaml"),
    good: include_str!("../../rules/consumed-queue-without-redrive/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[
        Misleading {
            linter_rule: "serverless-rules ES1001",
            says: "asks an SQS event source mapping for an on-failure destination, which Lambda supports for streams and Kafka only",
        },
        Misleading {
            linter_rule: "checkov CKV_AWS_116",
            says: "asks the function for a dead-letter queue of its own, which messages from a queue never reach",
        },
    ],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for queue in wiring.topology.queues.iter().filter(|queue| queue.redrive.is_none()) {
        let Some((consumer, span)) = wiring.consumer_of(queue) else { continue };
        // A dead-letter queue that is consumed is the end of the line.
        let known = wiring.knows(&queue.id, &["RedrivePolicy", "RedrivePolicy.deadLetterTargetArn"]);
        if known && wiring.dead_letter_edges_to(queue).next().is_none() {
            report.add(
                Finding::at(
                    queue.span,
                    format!("{} feeds {consumer} and has no dead-letter queue", queue.id),
                    "give the queue a RedrivePolicy with a dead-letter queue and a maxReceiveCount of 5 or more",
                )
                .and(span, "consumes it"),
            );
        }
    }
}
