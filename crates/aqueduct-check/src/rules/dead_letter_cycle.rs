//! Dead-letter queues that lead back to where the message came from.

use aqueduct_topology::Queue;

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "dead-letter-cycle",
    summary: "dead-letter queues that form a cycle",
    level: Level::Error,
    why: "A message that always fails circulates for ever, and no dead letter is ever seen.",
    source_url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
    bad: include_str!("../../rules/dead-letter-cycle/bad.yaml"),
    good: include_str!("../../rules/dead-letter-cycle/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    let mut told: Vec<&Queue> = Vec::new();
    for queue in &wiring.topology.queues {
        let cycle = cycle(wiring, queue);
        if cycle.is_empty() || told.contains(&queue) {
            continue;
        }
        let names: Vec<_> = cycle.iter().chain([&queue]).map(|queue| queue.id.as_str()).collect();
        report.add(Finding::at(
            queue.span,
            format!("dead letters go in a circle: {}", names.join(" -> ")),
            "let the last queue have no RedrivePolicy",
        ));
        told.extend(cycle);
    }
}

/// The queues that a message passes until it is back in `start`, if it ever is.
fn cycle<'a>(wiring: &Wiring<'a>, start: &'a Queue) -> Vec<&'a Queue> {
    let mut passed = vec![start];
    let mut queue = start;
    while let Some(next) = queue.redrive.as_ref().and_then(|redrive| wiring.queue(redrive.target.as_str())) {
        if next.arn == start.arn {
            return passed;
        }
        if passed.iter().any(|queue| queue.arn == next.arn) {
            break;
        }
        passed.push(next);
        queue = next;
    }
    Vec::new()
}
