//! Encrypted events that have nowhere to fall.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "encrypted-bus-without-dead-letter-queue",
    summary: "a bus with a key of its own and without a dead-letter queue",
    level: Level::Warning,
    why: "An event that EventBridge cannot encrypt or decrypt, because the key is disabled or closed, is dropped.",
    source_url: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption-event-bus-cmkey.html",
    bad: include_str!("../../rules/encrypted-bus-without-dead-letter-queue/bad.yaml"),
    good: include_str!("../../rules/encrypted-bus-without-dead-letter-queue/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for bus in wiring.topology.buses.iter().filter(|bus| bus.kms_key.is_some() && bus.dead_letter.is_none()) {
        if !wiring.knows(&bus.id, &["DeadLetterConfig", "DeadLetterConfig.Arn"]) {
            continue;
        }
        report.add(Finding::at(
            wiring.place(&bus.id, "KmsKeyIdentifier", bus.span),
            format!("{} is encrypted with a key of its own and has no dead-letter queue", bus.id),
            "give the bus a DeadLetterConfig with a standard queue that EventBridge may send to",
        ));
    }
}
