//! Batches that FIFO queues do not have.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Fix, Level};

pub(super) static RULE: Rule = Rule {
    id: "fifo-batch-beyond-limits",
    summary: "a mapping on a FIFO queue with a batch size over 10 or a batching window",
    level: Level::Error,
    why: "Lambda refuses the event source mapping: a FIFO queue gives batches of 10 at most, and without a window.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html",
    bad: include_str!("../../rules/fifo-batch-beyond-limits/bad.yaml"),
    good: include_str!("../../rules/fifo-batch-beyond-limits/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for (mapping, queue, _) in wiring.mappings().filter(|(_, queue, _)| queue.fifo) {
        let large = mapping.batch_size > 10;
        if !large && mapping.window.is_zero() {
            continue;
        }
        let (property, asks) = if large {
            ("BatchSize", format!("batches of {}", mapping.batch_size))
        } else {
            ("MaximumBatchingWindowInSeconds", format!("a batching window of {} s", mapping.window.as_secs()))
        };
        let mut fix = Fix { edits: Vec::new() };
        if large {
            fix = fix.and_set(&mapping.id, "BatchSize", 10);
        }
        if !mapping.window.is_zero() {
            fix = fix.and_set(&mapping.id, "MaximumBatchingWindowInSeconds", 0);
        }
        report.add(
            Finding::at(
                wiring.place(&mapping.id, property, mapping.span),
                format!("{} asks for {asks} of {}, which is a FIFO queue", mapping.id, queue.id),
                "set BatchSize to at most 10 and remove MaximumBatchingWindowInSeconds",
            )
            .and(wiring.place(&queue.id, "FifoQueue", queue.span), "makes it FIFO")
            .fix(fix),
        );
    }
}
