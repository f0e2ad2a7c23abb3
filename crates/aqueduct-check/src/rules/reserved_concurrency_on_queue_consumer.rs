//! Reserved concurrency where the pollers know nothing of it.

use serde_json::json;

use crate::check::Report;
use crate::rule::{Misleading, Rule};
use crate::wiring::Wiring;
use crate::{Finding, Fix, Level};

pub(super) static RULE: Rule = Rule {
    id: "reserved-concurrency-on-queue-consumer",
    summary: "a queue's consumer with reserved concurrency and no MaximumConcurrency on the mapping",
    level: Level::Warning,
    why: "Lambda's pollers start with five concurrent batches and scale without regard to the reservation; the batches beyond it are throttled, count as receives, and reach the dead-letter queue unprocessed.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html",
    bad: include_str!("../../rules/reserved-concurrency-on-queue-consumer/bad.yaml"),
    good: include_str!("../../rules/reserved-concurrency-on-queue-consumer/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[
        Misleading {
            linter_rule: "checkov CKV_AWS_115",
            says: "asks every function for reserved concurrency, which is what throttles a queue's consumer",
        },
        Misleading {
            linter_rule: "cdk-nag LambdaConcurrency",
            says: "asks every function for reserved concurrency, which is what throttles a queue's consumer",
        },
        Misleading {
            linter_rule: "AWS Config LAMBDA_CONCURRENCY_CHECK",
            says: "asks every function for reserved concurrency, which is what throttles a queue's consumer",
        },
    ],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for (mapping, queue, function) in wiring.mappings().filter(|(mapping, ..)| mapping.enabled) {
        let Some(reserved) = function.reserved_concurrency.filter(|reserved| *reserved > 0) else { continue };
        let limited = mapping.concurrency_max.is_some() || wiring.sets(&mapping.id, "ProvisionedPollerConfig");
        if limited || !wiring.knows(&mapping.id, &["ScalingConfig", "ScalingConfig.MaximumConcurrency"]) {
            continue;
        }
        let finding = Finding::at(
            wiring.place(&function.id, "ReservedConcurrentExecutions", function.span),
            format!(
                "{} is reserved {reserved} executions, and the pollers of {} do not know of them",
                function.id, queue.id
            ),
            format!(
                "set ScalingConfig.MaximumConcurrency of {} to at most {}, or remove ReservedConcurrentExecutions",
                mapping.id,
                reserved.max(2)
            ),
        )
        .and(wiring.mapping_place(mapping), "polls without a MaximumConcurrency");
        // Lambda takes 2 at least.
        let fix = (reserved >= 2)
            .then(|| Fix::set(&mapping.id, "ScalingConfig", json!({ "MaximumConcurrency": reserved.min(1000) })));
        report.add(match fix {
            Some(fix) => finding.fix(fix),
            None => finding,
        });
    }
}
