//! FIFO order that ends at the first failure.

use aqueduct_contract::{BatchResponse, Ordering};

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "partial-response-out-of-order",
    summary: "a consumer of a FIFO queue that goes on after a message that failed",
    level: Level::Warning,
    why: "Only the failed message comes back, after messages of its group that were sent later and are done already.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html",
    bad: include_str!("../../rules/partial-response-out-of-order/bad.yaml"),
    good: include_str!("../../rules/partial-response-out-of-order/good.yaml"),
    contracts: Some(include_str!("../../rules/partial-response-out-of-order/contracts.json")),
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for (mapping, queue, function) in wiring.mappings().filter(|(_, queue, _)| queue.fifo) {
        let Some(contract) = wiring.contract(function).filter(|it| it.ordering != Ordering::None) else { continue };
        // A message alone in its batch has nothing behind it.
        if mapping.batch_size == 1
            || !mapping.reports_batch_item_failures
            || contract.batch_response != Some(BatchResponse::Partial)
        {
            continue;
        }
        report.add(
            Finding::at(
                wiring.place(&mapping.id, "FunctionResponseTypes", mapping.span),
                format!("{} relies on the order of {}, and goes on behind a message that failed", function.id, queue.id),
                "stop at the first failure of a group, and report it and all messages of its group that follow as failed",
            )
            .and(wiring.place(&queue.id, "FifoQueue", queue.span), "keeps the order"),
        );
    }
}
