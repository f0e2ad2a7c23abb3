//! Messages that a FIFO queue or topic refuses.

use crate::check::Report;
use crate::publishing::Sent;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "fifo-publish-without-group",
    summary: "a publisher that gives a FIFO queue or topic no group, or no deduplication id where it needs one",
    level: Level::Error,
    why: "The call is refused: nothing is sent.",
    source_url: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html",
    bad: include_str!("../../rules/fifo-publish-without-group/bad.yaml"),
    good: include_str!("../../rules/fifo-publish-without-group/good.yaml"),
    contracts: Some(include_str!("../../rules/fifo-publish-without-group/contracts.json")),
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for sent in wiring.sent() {
        let Some((by_content, known)) = fifo(wiring, &sent) else { continue };
        let missing = match (sent.publishes.group, sent.publishes.deduplication) {
            (Some(false), _) => "message group id",
            (_, Some(false)) if !by_content && known => "deduplication id",
            _ => continue,
        };
        report.add(
            Finding::at(
                sent.function.span,
                format!(
                    "{} publishes {} on {} without a {missing}",
                    sent.function.id, sent.publishes.event, sent.to.id
                ),
                if missing == "message group id" {
                    "give each message the group whose order matters, such as the customer's id"
                } else {
                    "give each message a deduplication id, or set ContentBasedDeduplication to true"
                },
            )
            .and(sent.to.span, "is FIFO"),
        );
    }
}

/// For a FIFO queue or topic, whether it deduplicates by content, and whether that is known.
fn fifo(wiring: &Wiring<'_>, sent: &Sent<'_>) -> Option<(bool, bool)> {
    let queue = wiring.queue(sent.to.arn.as_str()).map(|it| (it.fifo, it.content_based_deduplication));
    let topic = wiring.topology.topics.iter().find(|it| it.arn == *sent.to.arn);
    let (fifo, by_content) = queue.or_else(|| topic.map(|it| (it.fifo, it.content_based_deduplication)))?;
    fifo.then(|| (by_content, wiring.knows(sent.to.id, &["ContentBasedDeduplication"])))
}
