//! Versions that their reader does not know.

use crate::check::Report;
use crate::publishing::Passing;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "version-not-read",
    summary: "an event published in a version that its consumer does not declare",
    level: Level::Warning,
    why: "The consumer may fail to decode it, and every such message ends in the dead-letter queue.",
    source_url: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-schema.html",
    bad: include_str!("../../rules/version-not-read/bad.yaml"),
    good: include_str!("../../rules/version-not-read/good.yaml"),
    contracts: Some(include_str!("../../rules/version-not-read/contracts.json")),
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for sent in wiring.sent() {
        for feed in wiring.feeds(sent.to) {
            let Some(contract) = wiring.contract(feed.function) else { continue };
            let read: Vec<_> = contract.consumes.iter().filter(|it| it.event == sent.publishes.event).collect();
            let known = read.iter().any(|it| it.version == sent.publishes.version);
            if read.is_empty() || known || matches!(wiring.arrives(&sent, &feed), Passing::No(_)) {
                continue;
            }
            let versions: Vec<_> = read.iter().map(|it| it.version.as_str()).collect();
            report.add(
                Finding::at(
                    feed.function.span,
                    format!(
                        "{} reads version {} of {}, and {} publishes version {}",
                        feed.function.id,
                        versions.join(", "),
                        sent.publishes.event,
                        sent.function.id,
                        sent.publishes.version
                    ),
                    "let the consumer read both versions before the publisher changes, and declare it",
                )
                .and(sent.function.span, "publishes it"),
            );
        }
    }
}
