//! Order where there is none.

use aqueduct_contract::Ordering;

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "order-over-unordered-channel",
    summary: "a consumer that relies on order behind a standard queue, a topic or a rule",
    level: Level::Warning,
    why: "Standard queues, asynchronous invocations and classic buses deliver in any order, most of the time in the right one.",
    source_url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/standard-queues-at-least-once-delivery.html",
    bad: include_str!("../../rules/order-over-unordered-channel/bad.yaml"),
    good: include_str!("../../rules/order-over-unordered-channel/good.yaml"),
    contracts: Some(include_str!("../../rules/order-over-unordered-channel/contracts.json")),
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for function in &wiring.topology.functions {
        if wiring.contract(function).is_none_or(|it| it.ordering == Ordering::None) {
            continue;
        }
        let is_it = |arn: &str| wiring.function(arn).is_some_and(|it| it.arn == function.arn);
        let topology = wiring.topology;
        let queue = wiring.mappings_to(function).find(|(_, queue, _)| !queue.fifo);
        let queue = queue.filter(|(_, queue, _)| wiring.knows(&queue.id, &["FifoQueue"]));
        let queue =
            queue.map(|(mapping, queue, _)| (format!("standard queue {}", queue.id), wiring.mapping_place(mapping)));
        let topic = topology.subscriptions.iter().find(|it| it.protocol == "lambda" && is_it(&it.endpoint));
        let topic = topic.map(|it| (format!("asynchronous invocations by topic {}", wiring.shown(&it.topic)), it.span));
        let rule = topology.rules.iter().filter(|it| it.pattern.is_some()).find_map(|rule| {
            let target = rule.targets.iter().find(|it| is_it(it.arn.as_str()))?;
            Some((format!("asynchronous invocations by rule {}", rule.id), target.span))
        });
        let Some((what, span)) = queue.or(topic).or(rule) else { continue };
        report.add(
            Finding::at(
                span,
                format!("{} relies on the order of messages, and gets them from {what}", function.id),
                "put a FIFO queue in front of it, with a message group for what must stay in order",
            )
            .and(function.span, "relies on order"),
        );
    }
}
