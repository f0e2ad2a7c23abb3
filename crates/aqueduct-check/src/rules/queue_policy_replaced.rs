//! Policies that overwrite each other.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "queue-policy-replaced",
    summary: "two policies on one queue or topic",
    level: Level::Error,
    why: "A queue or topic has one policy, and the resource that is deployed last replaces what the other one allowed.",
    source_url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html",
    bad: include_str!("../../rules/queue-policy-replaced/bad.yaml"),
    good: include_str!("../../rules/queue-policy-replaced/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    let topology = wiring.topology;
    let queues = topology.queues.iter().map(|queue| (&queue.id, &queue.arn));
    for (id, arn) in queues.chain(topology.topics.iter().map(|topic| (&topic.id, &topic.arn))) {
        let policies: Vec<_> = wiring.policies_of(arn).collect();
        let [first, .., last] = policies.as_slice() else { continue };
        report.add(
            Finding::at(
                last.span,
                format!("{} and {} are both the policy of {id}, which has one", first.id, last.id),
                format!("put all statements for {id} into one policy"),
            )
            .and(first.span, "is the other one"),
        );
    }
}
