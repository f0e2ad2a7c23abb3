//! Filters that throw messages away.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "filter-deletes-messages",
    summary: "filter criteria on the event source mapping of a queue",
    level: Level::Warning,
    why: "Lambda deletes the messages that do not match from the queue: they reach no other consumer, no dead-letter queue, and no log.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html",
    bad: include_str!("../../rules/filter-deletes-messages/bad.yaml"),
    good: include_str!("../../rules/filter-deletes-messages/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for mapping in wiring.topology.mappings.iter().filter(|mapping| !mapping.filters.is_empty()) {
        report.add(Finding::at(
            wiring.place(&mapping.id, "FilterCriteria", mapping.span),
            format!("{} deletes the messages of {} that its filter does not match", mapping.id, wiring.shown(&mapping.queue)),
            "filter at the SNS subscription or EventBridge rule in front of the queue, and let the function take what comes",
        ));
    }
}
