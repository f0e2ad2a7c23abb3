//! Outages that are longer than the retries.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "outage-over-receives",
    summary: "a queue that gives messages up before the outage that its consumer is to bear is over",
    level: Level::Warning,
    why: "While a dependency is away every message fails: after maxReceiveCount visibility timeouts all of them are dead letters.",
    source_url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html",
    bad: include_str!("../../rules/outage-over-receives/bad.yaml"),
    good: include_str!("../../rules/outage-over-receives/good.yaml"),
    contracts: Some(include_str!("../../rules/outage-over-receives/contracts.json")),
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for (mapping, queue, function) in wiring.mappings() {
        let Some(tolerance) = wiring.contract(function).and_then(|it| it.outage_tolerance_seconds) else { continue };
        let Some(redrive) = &queue.redrive else { continue };
        let retried = queue.visibility_timeout.as_secs().saturating_mul(redrive.receives_max.into());
        let known = wiring.knows(&queue.id, &["VisibilityTimeout", "RedrivePolicy.maxReceiveCount"]);
        if !known || retried >= tolerance || queue.visibility_timeout.is_zero() {
            continue;
        }
        let receives = tolerance.div_ceil(queue.visibility_timeout.as_secs());
        report.add(
            Finding::at(
                wiring.place(&queue.id, "RedrivePolicy.maxReceiveCount", queue.span),
                format!(
                    "{} is to bear an outage of {tolerance} s, and {} gives a message up after {retried} s",
                    function.id, queue.id
                ),
                format!(
                    "set maxReceiveCount to {receives}, or VisibilityTimeout to {} s",
                    tolerance.div_ceil(redrive.receives_max.max(1).into())
                ),
            )
            .and(wiring.mapping_place(mapping), "consumes it"),
        );
    }
}
