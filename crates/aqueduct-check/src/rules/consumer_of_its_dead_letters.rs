//! Dead letters that go back to where they failed.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "consumer-of-its-dead-letters",
    summary: "a function that consumes a queue and its dead-letter queue",
    level: Level::Warning,
    why: "A message that always fails is retried for ever in two queues, and nobody sees that it failed.",
    source_url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
    bad: include_str!("../../rules/consumer-of-its-dead-letters/bad.yaml"),
    good: include_str!("../../rules/consumer-of-its-dead-letters/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for (mapping, queue, function) in wiring.mappings().filter(|(mapping, ..)| mapping.enabled) {
        let Some(redrive) = &queue.redrive else { continue };
        let dead_letters = wiring.queue(redrive.target.as_str());
        let again = dead_letters.and_then(|it| {
            wiring.mappings_of(it).find(|(other, _, consumer)| other.enabled && consumer.arn == function.arn)
        });
        let Some((again, dead_letters, _)) = again.filter(|(_, dead_letters, _)| dead_letters.arn != queue.arn) else {
            continue;
        };
        report.add(
            Finding::at(
                wiring.mapping_place(again),
                format!("{} consumes {} and its dead-letter queue {}", function.id, queue.id, dead_letters.id),
                format!(
                    "let an operator or another function look at {}, and redrive it when the fault is mended",
                    dead_letters.id
                ),
            )
            .and(wiring.mapping_place(mapping), format!("consumes {}", queue.id)),
        );
    }
}
