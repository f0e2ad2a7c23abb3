//! Batches that are refused.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Fix, Level};

pub(super) static RULE: Rule = Rule {
    id: "large-batch-without-window",
    summary: "a batch size over 10 without a batching window",
    level: Level::Error,
    why: "Lambda refuses the event source mapping: a batch of more than 10 messages needs a window of at least 1 s.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html",
    bad: include_str!("../../rules/large-batch-without-window/bad.yaml"),
    good: include_str!("../../rules/large-batch-without-window/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    const USED: &[&str] = &["BatchSize", "MaximumBatchingWindowInSeconds"];
    for (mapping, queue, _) in wiring.mappings().filter(|(mapping, ..)| wiring.knows(&mapping.id, USED)) {
        if queue.fifo || mapping.batch_size <= 10 || !mapping.window.is_zero() {
            continue;
        }
        report.add(
            Finding::at(
                wiring.place(&mapping.id, "BatchSize", mapping.span),
                format!("{} asks for batches of {} and for no batching window", mapping.id, mapping.batch_size),
                "set MaximumBatchingWindowInSeconds to 1 or more, or BatchSize to at most 10",
            )
            .and(queue.span, "is the queue")
            .fix(Fix::set(&mapping.id, "MaximumBatchingWindowInSeconds", 1)),
        );
    }
}
