//! Batches that take longer than the function may.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Fix, Level};

pub(super) static RULE: Rule = Rule {
    id: "batch-over-timeout",
    summary: "a batch of slow messages that takes longer than the function's timeout",
    level: Level::Warning,
    why: "The invocation ends in the middle, the whole batch comes back, and the next attempt ends the same way.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html",
    bad: include_str!("../../rules/batch-over-timeout/bad.yaml"),
    good: include_str!("../../rules/batch-over-timeout/good.yaml"),
    contracts: Some(include_str!("../../rules/batch-over-timeout/contracts.json")),
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for (mapping, _, function) in wiring.mappings() {
        let Some(each) = wiring.contract(function).and_then(|it| it.p99_millis) else { continue };
        let timeout = u64::try_from(function.timeout.as_millis()).unwrap_or(u64::MAX);
        let known = wiring.knows(&mapping.id, &["BatchSize"]) && wiring.knows(&function.id, &["Timeout"]);
        if !known || each.saturating_mul(mapping.batch_size.into()) <= timeout {
            continue;
        }
        let fits = timeout.checked_div(each).unwrap_or(0).max(1);
        report.add(
            Finding::at(
                wiring.place(&mapping.id, "BatchSize", mapping.span),
                format!(
                    "a batch of {} messages of {each} ms takes longer than the {} s of {}",
                    mapping.batch_size,
                    function.timeout.as_secs(),
                    function.id
                ),
                format!("set BatchSize to {fits}, or raise the function's Timeout"),
            )
            .and(wiring.place(&function.id, "Timeout", function.span), "ends the invocation")
            .fix(Fix::set(&mapping.id, "BatchSize", fits)),
        );
    }
}
