//! Tenant isolation where no tenant is named.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "tenant-isolated-queue-consumer",
    summary: "a tenant-isolated function behind a queue",
    level: Level::Error,
    why: "A tenant-isolated function needs a tenant id in each invocation, and an event source mapping gives none: every batch fails.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation.html",
    bad: include_str!("../../rules/tenant-isolated-queue-consumer/bad.yaml"),
    good: include_str!("../../rules/tenant-isolated-queue-consumer/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for (mapping, queue, function) in wiring.mappings() {
        if !wiring.sets(&function.id, "TenancyConfig") {
            continue;
        }
        report.add(
            Finding::at(
                wiring.place(&function.id, "TenancyConfig", function.span),
                format!("{} is isolated by tenant, and {} names none", function.id, queue.id),
                "let a function without TenancyConfig consume the queue and invoke this one with the tenant's id",
            )
            .and(wiring.mapping_place(mapping), "consumes the queue"),
        );
    }
}
