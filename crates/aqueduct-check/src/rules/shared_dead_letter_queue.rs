//! Dead letters that cannot be sent back.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "shared-dead-letter-queue",
    summary: "a dead-letter queue that a queue's redrive shares with SNS, EventBridge or Lambda",
    level: Level::Warning,
    why: "A redrive task moves back only what SQS moved there itself; for the other dead letters the origin is not known, and they stay behind or stop the task.",
    source_url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html",
    bad: include_str!("../../rules/shared-dead-letter-queue/bad.yaml"),
    good: include_str!("../../rules/shared-dead-letter-queue/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for queue in &wiring.topology.queues {
        let edges: Vec<_> = wiring.dead_letter_edges_to(queue).collect();
        let moved = edges.iter().find(|edge| edge.by_redrive);
        let sent = edges.iter().find(|edge| !edge.by_redrive);
        let (Some(moved), Some(sent)) = (moved, sent) else { continue };
        report.add(
            Finding::at(
                queue.span,
                format!("{} holds the dead letters of queue {} and of {}", queue.id, moved.from, sent.from),
                format!("give {} a dead-letter queue of its own", sent.from),
            )
            .and(wiring.topology.span_of(moved.from, "RedrivePolicy"), "moves messages there")
            .and(wiring.topology.span_of(sent.from, ""), "sends there what it cannot deliver"),
        );
    }
}
