//! Queues that nobody empties.

use std::collections::BTreeSet;

use aqueduct_topology::Queue;
use serde_json::Value;

use crate::check::Report;
use crate::policy::may_allow;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "queue-without-consumer",
    summary: "a queue that gets messages and has no consumer",
    level: Level::Warning,
    why: "The messages wait until their retention ends and are then deleted.",
    source_url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-basic-architecture.html",
    bad: include_str!("../../rules/queue-without-consumer/bad.yaml"),
    good: include_str!("../../rules/queue-without-consumer/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    if wiring.may_hide(&["AWS::Lambda::EventSourceMapping", "AWS::Pipes::Pipe"]) {
        return;
    }
    let consumed: BTreeSet<_> = wiring.topology.mappings.iter().map(|it| it.queue.as_str()).collect();
    for queue in &wiring.topology.queues {
        let consumed = consumed.contains(queue.arn.as_str()) || wiring.index.pipes.contains_key(queue.arn.as_str());
        let Some(sender) = wiring.senders(&queue.arn).next() else { continue };
        let kept = wiring.dead_letter_edges_to(queue).next().is_some();
        // Whoever polls it from elsewhere finds it by its name or by an output.
        let shown = wiring.is_shown_outside(&[queue.arn.as_str(), &queue.name, &queue.url]);
        if consumed || kept || shown || wiring.sets(&queue.id, "QueueName") || may_be_polled(wiring, queue) {
            continue;
        }
        report.add(
            Finding::at(
                queue.span,
                format!("nothing consumes {}, and what {} {} sends expires", queue.id, sender.noun, sender.id),
                "add an event source mapping, or an output if another stack polls it",
            )
            .and(sender.span, "sends to it"),
        );
    }
}

/// Whether a role or a policy may let somebody receive from the queue.
fn may_be_polled(wiring: &Wiring<'_>, queue: &Queue) -> bool {
    let receives = |statement: &Value| may_allow(statement, "sqs:ReceiveMessage", queue.arn.as_str());
    let topology = wiring.topology;
    let by_role = topology.roles.iter().any(|role| !role.unknown.is_empty() || role.statements.iter().any(receives));
    let policies = wiring.policies_of(&queue.arn);
    let mut statements = policies.flat_map(|policy| match &policy.document["Statement"] {
        Value::Array(statements) => statements.as_slice(),
        statement => std::slice::from_ref(statement),
    });
    by_role || statements.any(receives)
}
