//! Duplicates that come when they are forgotten.

use std::time::Duration;

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "idempotency-shorter-than-redelivery",
    summary: "an idempotency record that lives shorter than a message may come again",
    level: Level::Warning,
    why: "A duplicate that comes after the record has expired is taken for a new message, and its effects happen twice.",
    source_url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html",
    bad: include_str!("../../rules/idempotency-shorter-than-redelivery/bad.yaml"),
    good: include_str!("../../rules/idempotency-shorter-than-redelivery/good.yaml"),
    contracts: Some(include_str!("../../rules/idempotency-shorter-than-redelivery/contracts.json")),
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for (mapping, queue, function) in wiring.mappings() {
        let Some(contract) = wiring.contract(function) else { continue };
        let Some(remembers) = contract.idempotency.and_then(|it| it.remembers_seconds) else { continue };
        let known = wiring.knows(&queue.id, &["VisibilityTimeout", "RedrivePolicy", "RedrivePolicy.maxReceiveCount"]);
        let backoff = contract.retries.and_then(|it| it.backoff);
        // Without a redrive policy a message comes again until its retention ends. An attempt that is killed waits for the
        // visibility timeout, another one for as long as the function holds it back.
        let receives = queue.redrive.as_ref().map(|it| {
            let held = backoff.map_or(Duration::ZERO, |backoff| backoff.most(it.receives_max));
            queue.visibility_timeout.saturating_mul(it.receives_max).max(held)
        });
        let horizon = receives.unwrap_or(queue.retention).min(queue.retention).as_secs();
        if !known || remembers >= horizon {
            continue;
        }
        report.add(
            Finding::at(
                function.span,
                format!(
                    "{} remembers a message {remembers} s, and {} may deliver it again after {horizon} s",
                    function.id, queue.id
                ),
                format!("remember messages for at least {horizon} s; 14 days more if dead letters are redriven"),
            )
            .and(wiring.mapping_place(mapping), "delivers again"),
        );
    }
}
