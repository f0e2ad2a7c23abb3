//! Dead-letter queues of another kind than their source.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "dead-letter-queue-of-other-kind",
    summary: "a FIFO queue with a standard dead-letter queue, or a standard one with a FIFO dead-letter queue",
    level: Level::Error,
    why: "SQS refuses the redrive policy, so the deployment fails or the queue stays without a dead-letter queue.",
    source_url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
    bad: include_str!("../../rules/dead-letter-queue-of-other-kind/bad.yaml"),
    good: include_str!("../../rules/dead-letter-queue-of-other-kind/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for queue in wiring.topology.queues.iter().filter(|queue| wiring.knows(&queue.id, &["FifoQueue"])) {
        let Some(redrive) = &queue.redrive else { continue };
        let Some(dead_letters) = wiring.queue(redrive.target.as_str()) else { continue };
        if queue.fifo == dead_letters.fifo || !wiring.knows(&dead_letters.id, &["FifoQueue"]) {
            continue;
        }
        let kind = |fifo: bool| if fifo { "a FIFO queue" } else { "a standard queue" };
        report.add(
            Finding::at(
                wiring.place(&queue.id, "RedrivePolicy", queue.span),
                format!(
                    "{} is {}, and its dead-letter queue {} is {}",
                    queue.id,
                    kind(queue.fifo),
                    dead_letters.id,
                    kind(dead_letters.fifo)
                ),
                format!("make the dead-letter queue {}", kind(queue.fifo)),
            )
            .and(dead_letters.span, format!("is {}", kind(dead_letters.fifo))),
        );
    }
}
