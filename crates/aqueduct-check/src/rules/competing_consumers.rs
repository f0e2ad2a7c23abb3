//! Consumers that take each other's messages.

use aqueduct_topology::{Arn, Queue, Span};

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "competing-consumers",
    summary: "two functions or pipes that consume one queue",
    level: Level::Error,
    why: "A message goes to one consumer only, so each of them gets some of the messages and misses the rest.",
    source_url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-basic-architecture.html",
    bad: include_str!("../../rules/competing-consumers/bad.yaml"),
    good: include_str!("../../rules/competing-consumers/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for queue in &wiring.topology.queues {
        let consumers = consumers(wiring, queue);
        let [(first, _, first_span), others @ ..] = consumers.as_slice() else { continue };
        let Some((other, _, span)) = others.iter().find(|(_, arn, _)| *arn != consumers[0].1) else { continue };
        report.add(
            Finding::at(
                *span,
                format!("{first} and {other} both consume {}, and each message reaches one of them", queue.id),
                "give each consumer a queue of its own, and let an SNS topic or an EventBridge rule send to both",
            )
            .and(*first_span, format!("{first} consumes it too"))
            .and(queue.span, "is the queue"),
        );
    }
}

/// The enabled consumers of a queue: logical id, ARN and place.
fn consumers<'a>(wiring: &Wiring<'a>, queue: &Queue) -> Vec<(&'a str, &'a Arn, Span)> {
    let mappings = wiring.mappings_of(queue).filter(|(mapping, ..)| mapping.enabled);
    let functions =
        mappings.map(|(mapping, _, function)| (function.id.as_str(), &function.arn, wiring.mapping_place(mapping)));
    let pipes = wiring.index.pipes.get(queue.arn.as_str()).into_iter().flatten().filter(|pipe| pipe.enabled);
    functions.chain(pipes.map(|pipe| (pipe.id.as_str(), &pipe.arn, pipe.span))).collect()
}
