//! More pollers than the function has executions for.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "pollers-over-reserved",
    summary: "provisioned pollers that start more executions than the function is reserved",
    level: Level::Warning,
    why: "Each poller starts up to ten executions at once: those beyond the reserved ones are throttled, and each throttled batch counts a receive towards the dead-letter queue.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html",
    bad: include_str!("../../rules/pollers-over-reserved/bad.yaml"),
    good: include_str!("../../rules/pollers-over-reserved/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

/// How many executions one poller starts at once.
const EXECUTIONS_PER_POLLER: u32 = 10;

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for (mapping, _, function) in wiring.mappings() {
        let path = "ProvisionedPollerConfig.MinimumPollers";
        let setting = wiring.topology.property(&mapping.id, path);
        let Some(pollers) = setting.text().and_then(|it| it.parse::<u32>().ok()) else { continue };
        // None at all is `consumer-without-concurrency`.
        let Some(reserved) = function.reserved_concurrency.filter(|reserved| *reserved > 0) else { continue };
        let started = pollers.saturating_mul(EXECUTIONS_PER_POLLER);
        if started <= reserved {
            continue;
        }
        report.add(
            Finding::at(
                wiring.place(&mapping.id, path, mapping.span),
                format!(
                    "{pollers} pollers of {} start up to {started} executions of {}, which has {reserved}",
                    mapping.id, function.id
                ),
                format!("raise ReservedConcurrentExecutions to {started}, or lower MinimumPollers"),
            )
            .and(wiring.place(&function.id, "ReservedConcurrentExecutions", function.span), "is what it has"),
        );
    }
}
