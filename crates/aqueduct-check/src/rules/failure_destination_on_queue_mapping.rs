//! Failure destinations that queues do not have.

use crate::check::Report;
use crate::rule::{Misleading, Rule};
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "failure-destination-on-queue-mapping",
    summary: "an on-failure destination on the event source mapping of a queue",
    level: Level::Error,
    why: "Lambda takes one for streams and Kafka only and refuses the mapping; what fails in a batch from a queue goes where the queue's redrive policy says.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/api/API_DestinationConfig.html",
    bad: include_str!("../../rules/failure-destination-on-queue-mapping/bad.yaml"),
    good: include_str!("../../rules/failure-destination-on-queue-mapping/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[
        Misleading {
            linter_rule: "serverless-rules ES1001",
            says: "asks every event source mapping for an on-failure destination, those of queues included",
        },
        Misleading {
            linter_rule: "cdk-nag LambdaEventSourceMappingDestination",
            says: "asks every event source mapping for an on-failure destination, those of queues included",
        },
    ],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for mapping in &wiring.topology.mappings {
        if !wiring.sets(&mapping.id, "DestinationConfig.OnFailure.Destination") {
            continue;
        }
        let finding = Finding::at(
            wiring.place(&mapping.id, "DestinationConfig", mapping.span),
            format!("{} sends failures to a destination, which Lambda does not do for a queue", mapping.id),
            format!("remove DestinationConfig, and give {} a RedrivePolicy", wiring.shown(&mapping.queue)),
        );
        report.add(match wiring.queue(mapping.queue.as_str()) {
            Some(queue) => finding.and(queue.span, "is a queue"),
            None => finding,
        });
    }
}
