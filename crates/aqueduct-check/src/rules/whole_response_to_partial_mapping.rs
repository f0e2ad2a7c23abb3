//! A question that the function does not answer.

use aqueduct_contract::BatchResponse;

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "whole-response-to-partial-mapping",
    summary: "a mapping that asks for failed messages of a function that names none",
    level: Level::Warning,
    why: "An answer without batchItemFailures is taken for success: a message that failed without failing the whole invocation is deleted.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html",
    bad: include_str!("../../rules/whole-response-to-partial-mapping/bad.yaml"),
    good: include_str!("../../rules/whole-response-to-partial-mapping/good.yaml"),
    contracts: Some(include_str!("../../rules/whole-response-to-partial-mapping/contracts.json")),
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for (mapping, _, function) in wiring.mappings().filter(|(mapping, ..)| mapping.reports_batch_item_failures) {
        if wiring.contract(function).and_then(|it| it.batch_response) != Some(BatchResponse::Whole) {
            continue;
        }
        report.add(
            Finding::at(
                wiring.place(&mapping.id, "FunctionResponseTypes", mapping.span),
                format!("{} asks {} which messages failed, and it never says", mapping.id, function.id),
                "return the failed messages' ids as batchItemFailures, or remove FunctionResponseTypes",
            )
            .and(function.span, "answers nothing that names messages"),
        );
    }
}
