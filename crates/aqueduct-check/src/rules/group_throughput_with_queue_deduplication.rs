//! High throughput that deduplication forbids.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Fix, Level};

pub(super) static RULE: Rule = Rule {
    id: "group-throughput-with-queue-deduplication",
    summary: "a FIFO queue with throughput per message group and deduplication per queue",
    level: Level::Error,
    why: "SQS refuses the queue: high throughput needs deduplication per group.",
    source_url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/high-throughput-fifo.html",
    bad: include_str!("../../rules/group-throughput-with-queue-deduplication/bad.yaml"),
    good: include_str!("../../rules/group-throughput-with-queue-deduplication/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for queue in wiring.topology.queues.iter().filter(|it| it.fifo) {
        let per_group = queue.fifo_throughput_limit.as_deref() == Some("perMessageGroupId");
        let per_queue = queue.deduplication_scope.as_deref().is_none_or(|it| it == "queue");
        if !per_group || !per_queue || !wiring.knows(&queue.id, &["DeduplicationScope"]) {
            continue;
        }
        report.add(
            Finding::at(
                wiring.place(&queue.id, "DeduplicationScope", queue.span),
                format!("{} has throughput per message group, and deduplicates per queue", queue.id),
                "set DeduplicationScope to messageGroup",
            )
            .and(wiring.place(&queue.id, "FifoThroughputLimit", queue.span), "needs deduplication per group")
            .fix(Fix::set(&queue.id, "DeduplicationScope", "messageGroup")),
        );
    }
}
