//! Standard dead-letter queues of FIFO subscriptions.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "standard-dead-letter-queue-of-fifo-subscription",
    summary: "a subscription to a FIFO topic with a standard dead-letter queue",
    level: Level::Error,
    why: "SNS refuses the redrive policy: the dead-letter queue of a FIFO subscription must be FIFO.",
    source_url: "https://docs.aws.amazon.com/sns/latest/dg/sns-dead-letter-queues.html",
    bad: include_str!("../../rules/standard-dead-letter-queue-of-fifo-subscription/bad.yaml"),
    good: include_str!("../../rules/standard-dead-letter-queue-of-fifo-subscription/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for subscription in &wiring.topology.subscriptions {
        let Some(queue) = subscription.dead_letter.as_ref().and_then(|to| wiring.queue(to.as_str())) else { continue };
        let fifo = subscription.topic.name().ends_with(".fifo") && subscription.endpoint.ends_with(".fifo");
        if !fifo || queue.fifo || !wiring.knows(&queue.id, &["FifoQueue"]) {
            continue;
        }
        report.add(
            Finding::at(
                wiring.place(&subscription.id, "RedrivePolicy", subscription.span),
                format!("{} is FIFO, and its dead-letter queue {} is a standard queue", subscription.id, queue.id),
                format!("set FifoQueue of {} to true", queue.id),
            )
            .and(queue.span, "is a standard queue"),
        );
    }
}
