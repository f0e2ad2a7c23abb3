//! Attributes that do not fit into the queue.

use crate::check::Report;
use crate::publishing::Sent;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "too-many-attributes",
    summary: "a raw subscription of a queue to messages with more than ten attributes",
    level: Level::Warning,
    why: "An SQS message has ten attributes at most: SNS takes the delivery for a client error and does not try again.",
    source_url: "https://docs.aws.amazon.com/sns/latest/dg/sns-message-attributes.html",
    bad: include_str!("../../rules/too-many-attributes/bad.yaml"),
    good: include_str!("../../rules/too-many-attributes/good.yaml"),
    contracts: Some(include_str!("../../rules/too-many-attributes/contracts.json")),
    samples: &[],
    misled_by: &[],
    check,
};

/// How many attributes a message in a queue may have.
const ATTRIBUTES_MAX: usize = 10;

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    let sent = wiring.sent();
    let raw = wiring.topology.subscriptions.iter().filter(|it| it.protocol == "sqs" && it.raw);
    for subscription in raw {
        let count = |sent: &&Sent<'_>| sent.publishes.attributes.as_ref().map_or(0, Vec::len);
        let here = sent.iter().filter(|it| *it.to.arn == subscription.topic);
        let Some(many) = here.into_iter().find(|it| count(it) > ATTRIBUTES_MAX) else { continue };
        report.add(
            Finding::at(
                wiring.place(&subscription.id, "RawMessageDelivery", subscription.span),
                format!(
                    "{} delivers {} raw with {} attributes, and SQS takes {ATTRIBUTES_MAX}",
                    subscription.id,
                    many.publishes.event,
                    count(&many)
                ),
                "publish fewer attributes, or set RawMessageDelivery to false",
            )
            .and(many.function.span, "publishes it"),
        );
    }
}
