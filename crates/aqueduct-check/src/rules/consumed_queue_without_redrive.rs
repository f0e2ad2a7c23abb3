//! A queue whose poison messages have nowhere to go.

use crate::Level;
use crate::rule::{Report, Rule};
use crate::wiring::Wiring;

pub(super) static RULE: Rule = Rule {
    id: "consumed-queue-without-redrive",
    summary: "a queue consumed by a function without a redrive policy",
    level: Level::Warning,
    why: "A message that always fails comes back until its retention ends and is then gone; in a FIFO queue it blocks its group all that time.",
    source_url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for queue in wiring.topology.queues.iter().filter(|queue| queue.redrive.is_none()) {
        let Some((_, _, function)) = wiring.mappings().find(|(_, consumed, _)| consumed.arn == queue.arn) else {
            continue;
        };
        // A dead-letter queue that is consumed is the end of the line.
        if wiring.dead_letter_edges().all(|edge| *edge.to != queue.arn) {
            report.add(
                queue.span,
                format!("{} feeds {} and has no dead-letter queue", queue.id, function.id),
                "give the queue a RedrivePolicy with a dead-letter queue and a maxReceiveCount of 5 or more",
            );
        }
    }
}
