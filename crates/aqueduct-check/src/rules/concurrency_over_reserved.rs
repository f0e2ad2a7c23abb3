//! Mappings that may invoke a function more often than it may run.

use crate::check::Report;
use crate::rule::{Misleading, Rule};
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "concurrency-over-reserved",
    summary: "event source mappings whose MaximumConcurrency exceeds the function's reserved concurrency",
    level: Level::Warning,
    why: "The invocations beyond it are throttled; each throttle counts a receive and brings the message nearer to the dead-letter queue.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html",
    bad: include_str!("../../rules/concurrency-over-reserved/bad.yaml"),
    good: include_str!("../../rules/concurrency-over-reserved/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[Misleading {
        linter_rule: "checkov CKV_AWS_115",
        says: "asks every function for reserved concurrency, which is what throttles a queue's consumer",
    }],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for function in &wiring.topology.functions {
        // None at all is `consumer-without-concurrency`.
        let Some(reserved) = function.reserved_concurrency.filter(|reserved| *reserved > 0) else { continue };
        let together: u32 = wiring
            .mappings_to(function)
            .filter_map(|(mapping, _, _)| mapping.concurrency_max)
            .fold(0, u32::saturating_add);
        if together > reserved {
            report.add(Finding::at(
                function.span,
                format!("{} is reserved {reserved} executions, and its mappings start up to {together}", function.id),
                format!("raise ReservedConcurrentExecutions to {together}, or lower MaximumConcurrency"),
            ));
        }
    }
}
