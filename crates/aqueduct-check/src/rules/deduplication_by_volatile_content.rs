//! Duplicates that do not look alike.

use aqueduct_contract::Form;

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "deduplication-by-volatile-content",
    summary: "deduplication by content of messages whose content is new each time",
    level: Level::Warning,
    why: "The envelope has an id and a time of its own in each attempt, so a message that is sent twice is delivered twice.",
    source_url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/using-messagededuplicationid-property.html",
    bad: include_str!("../../rules/deduplication-by-volatile-content/bad.yaml"),
    good: include_str!("../../rules/deduplication-by-volatile-content/good.yaml"),
    contracts: Some(include_str!("../../rules/deduplication-by-volatile-content/contracts.json")),
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for sent in wiring.sent() {
        let Some(queue) = wiring.queue(sent.to.arn.as_str()) else { continue };
        let volatile = sent.publishes.form != Form::Raw && sent.publishes.deduplication == Some(false);
        if !queue.fifo || !queue.content_based_deduplication || !volatile {
            continue;
        }
        report.add(
            Finding::at(
                wiring.place(&queue.id, "ContentBasedDeduplication", queue.span),
                format!(
                    "{} deduplicates by content, and each {} of {} has an id and a time of its own",
                    queue.id, sent.publishes.event, sent.function.id
                ),
                "send an explicit MessageDeduplicationId, such as the message's idempotency key",
            )
            .and(sent.function.span, "sends no deduplication id"),
        );
    }
}
