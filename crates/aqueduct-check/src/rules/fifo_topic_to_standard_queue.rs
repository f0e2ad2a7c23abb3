//! Order that ends at a queue.

use aqueduct_contract::Ordering;
use aqueduct_topology::Queue;

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "fifo-topic-to-standard-queue",
    summary: "a standard queue subscribed to a FIFO topic",
    level: Level::Warning,
    why: "SNS accepts the subscription, and the queue delivers in any order and more than once what the topic kept in order and deduplicated.",
    source_url: "https://docs.aws.amazon.com/sns/latest/dg/fifo-topic-message-ordering.html",
    bad: include_str!("../../rules/fifo-topic-to-standard-queue/bad.yaml"),
    good: include_str!("../../rules/fifo-topic-to-standard-queue/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for subscription in wiring.topology.subscriptions.iter().filter(|it| it.protocol == "sqs") {
        let Some(queue) = wiring.queue(&subscription.endpoint).filter(|queue| !queue.fifo) else { continue };
        if !subscription.topic.name().ends_with(".fifo") || !wiring.knows(&queue.id, &["FifoQueue"]) {
            continue;
        }
        if order_is_nobodys_matter(wiring, queue) {
            continue;
        }
        report.add(
            Finding::at(
                wiring.place(&subscription.id, "Endpoint", subscription.span),
                format!(
                    "{} is a standard queue: the order of {} ends there",
                    queue.id,
                    wiring.shown(&subscription.topic)
                ),
                format!("set FifoQueue of {} to true, or use a standard topic", queue.id),
            )
            .and(queue.span, "is a standard queue"),
        );
    }
}

/// Whether the contracts say of every consumer of the queue that it relies on no order.
fn order_is_nobodys_matter(wiring: &Wiring<'_>, queue: &Queue) -> bool {
    let mut consumers = wiring.mappings_of(queue).peekable();
    consumers.peek().is_some()
        && consumers.all(|(.., function)| wiring.contract(function).is_some_and(|it| it.ordering == Ordering::None))
}
