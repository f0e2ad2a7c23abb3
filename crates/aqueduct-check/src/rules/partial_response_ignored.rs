//! Failures that nobody reads.

use aqueduct_contract::BatchResponse;
use serde_json::json;

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Fix, Level};

pub(super) static RULE: Rule = Rule {
    id: "partial-response-ignored",
    summary: "a function that names its failed messages behind a mapping that does not ask",
    level: Level::Error,
    why: "Without ReportBatchItemFailures Lambda ignores the answer: the batch counts as done, and the failed messages are deleted.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html",
    bad: include_str!("../../rules/partial-response-ignored/bad.yaml"),
    good: include_str!("../../rules/partial-response-ignored/good.yaml"),
    contracts: Some(include_str!("../../rules/partial-response-ignored/contracts.json")),
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    const FLAG: &str = "FunctionResponseTypes";
    for (mapping, queue, function) in wiring.mappings().filter(|(mapping, ..)| !mapping.reports_batch_item_failures) {
        let answers = wiring.contract(function).and_then(|it| it.batch_response).is_some_and(BatchResponse::is_partial);
        if !answers || !wiring.knows(&mapping.id, &[FLAG, "FunctionResponseTypes.0"]) {
            continue;
        }
        report.add(
            Finding::at(
                wiring.place(&mapping.id, FLAG, mapping.span),
                format!(
                    "{} answers which messages failed, and {} does not ask: failed messages of {} are deleted",
                    function.id, mapping.id, queue.id
                ),
                "set FunctionResponseTypes to [ReportBatchItemFailures]",
            )
            .and(function.span, "names the failed messages in its answer")
            .fix(Fix::set(&mapping.id, FLAG, json!(["ReportBatchItemFailures"]))),
        );
    }
}
