//! Executions that are longer than their caller waits.

use aqueduct_topology::Setting;

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "durable-execution-over-mapping-limit",
    summary: "a durable function behind a queue whose executions may last longer than 15 minutes",
    level: Level::Warning,
    why: "An event source mapping waits for the whole execution, and for 15 minutes at most: a longer one times out, and its batch comes again.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/durable-invoking-esm.html",
    bad: include_str!("../../rules/durable-execution-over-mapping-limit/bad.yaml"),
    good: include_str!("../../rules/durable-execution-over-mapping-limit/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

/// How long an event source mapping waits for an invocation.
const SECONDS_MAX: u64 = 900;

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for (mapping, queue, function) in wiring.mappings() {
        let setting = wiring.topology.property(&function.id, "DurableConfig.ExecutionTimeout");
        let Some(seconds) = setting.text().and_then(|it| it.parse::<u64>().ok()) else { continue };
        // Managed instances wait longer.
        if seconds <= SECONDS_MAX || wiring.topology.property(&function.id, "CapacityProviderConfig") != Setting::NotSet
        {
            continue;
        }
        report.add(
            Finding::at(
                wiring.place(&function.id, "DurableConfig.ExecutionTimeout", function.span),
                format!(
                    "executions of {} may last {seconds} s, and the mapping on {} waits {SECONDS_MAX} s",
                    function.id, queue.id
                ),
                format!(
                    "set DurableConfig.ExecutionTimeout to at most {SECONDS_MAX}, or invoke the function asynchronously"
                ),
            )
            .and(wiring.mapping_place(mapping), "waits for it"),
        );
    }
}
