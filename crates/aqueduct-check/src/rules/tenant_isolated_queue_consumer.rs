//! Tenant isolation where no tenant is named.

use crate::check::Report;
use crate::index::Trigger;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "tenant-isolated-queue-consumer",
    summary: "a tenant-isolated function behind a queue, topic, rule, schedule or bucket",
    level: Level::Error,
    why: "A tenant-isolated function needs a tenant id in each invocation, and neither event source mappings nor topics, rules, schedules and buckets give one: every invocation fails.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/tenant-isolation.html",
    bad: include_str!("../../rules/tenant-isolated-queue-consumer/bad.yaml"),
    good: include_str!("../../rules/tenant-isolated-queue-consumer/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for function in wiring.topology.functions.iter().filter(|it| wiring.sets(&it.id, "TenancyConfig")) {
        let queues = wiring.mappings_to(function).map(|(it, queue, _)| (queue.id.as_str(), wiring.mapping_place(it)));
        let triggers = wiring.triggers_of(function).map(|trigger| match trigger {
            Trigger::Topic(topic, span) => (wiring.shown(topic), span),
            Trigger::Target(from, span) => (from, span),
            Trigger::Bucket(bucket, span) => (wiring.shown(bucket), span),
        });
        for (source, span) in queues.chain(triggers) {
            report.add(
                Finding::at(
                    wiring.place(&function.id, "TenancyConfig", function.span),
                    format!("{} is isolated by tenant, and {source} names none", function.id),
                    format!("let a function without TenancyConfig take what {source} sends, and invoke this one with the tenant's id"),
                )
                .and(span, "invokes it without a tenant's id"),
            );
        }
    }
}
