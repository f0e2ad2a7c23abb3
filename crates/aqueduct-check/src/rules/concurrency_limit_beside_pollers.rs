//! Two ways to limit the same thing.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "concurrency-limit-beside-pollers",
    summary: "a mapping with both MaximumConcurrency and provisioned pollers, or with a MaximumConcurrency out of range",
    level: Level::Error,
    why: "Lambda refuses the event source mapping.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html",
    bad: include_str!("../../rules/concurrency-limit-beside-pollers/bad.yaml"),
    good: include_str!("../../rules/concurrency-limit-beside-pollers/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for mapping in &wiring.topology.mappings {
        let Some(concurrency) = mapping.concurrency_max else { continue };
        let (message, help) = if wiring.sets(&mapping.id, "ProvisionedPollerConfig") {
            (
                "limits concurrency and provisions pollers".to_owned(),
                "keep one of ScalingConfig and ProvisionedPollerConfig",
            )
        } else if !(2..=1000).contains(&concurrency) {
            (format!("limits concurrency to {concurrency}"), "set ScalingConfig.MaximumConcurrency to 2 up to 1000")
        } else {
            continue;
        };
        report.add(Finding::at(
            wiring.place(&mapping.id, "ScalingConfig", mapping.span),
            format!("{} {message}", mapping.id),
            help,
        ));
    }
}
