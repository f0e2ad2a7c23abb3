//! Batches in which one bad message takes the good ones with it.

use aqueduct_contract::BatchResponse;

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "batch-without-partial-responses",
    summary: "an event source mapping with batches but without partial batch responses",
    level: Level::Warning,
    why: "When one message fails, all come back and count a receive, so good messages are processed again and may end in the dead-letter queue.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html",
    bad: include_str!("../../rules/batch-without-partial-responses/bad.yaml"),
    good: include_str!("../../rules/batch-without-partial-responses/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for mapping in wiring.topology.mappings.iter().filter(|it| it.batch_size > 1 && !it.reports_batch_item_failures) {
        let contract = wiring.function(mapping.function.as_str()).and_then(|it| wiring.contract(it));
        let ignored = contract.and_then(|it| it.batch_response).is_some_and(BatchResponse::is_partial);
        // Answers that are not read are `partial-response-ignored`.
        if ignored || !wiring.knows(&mapping.id, &["FunctionResponseTypes", "FunctionResponseTypes.0", "BatchSize"]) {
            continue;
        }
        report.add(Finding::at(
            mapping.span,
            format!("{} takes batches of {} and cannot report single failures", mapping.id, mapping.batch_size),
            "set FunctionResponseTypes to [ReportBatchItemFailures] and return the failed messages' ids",
        ));
    }
}
