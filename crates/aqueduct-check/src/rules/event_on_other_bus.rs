//! Events that go to one bus while the rule waits on another.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "event-on-other-bus",
    summary: "an event that is put on one bus and awaited by a rule of another",
    level: Level::Error,
    why: "A rule sees the events of its own bus only, and a rule without EventBusName those of the default bus: the event is dropped without a trace.",
    source_url: "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html",
    bad: include_str!("../../rules/event-on-other-bus/bad.yaml"),
    good: include_str!("../../rules/event-on-other-bus/good.yaml"),
    contracts: Some(include_str!("../../rules/event-on-other-bus/contracts.json")),
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for sent in wiring.sent() {
        let Some(rule) = wiring.other_bus(&sent) else { continue };
        report.add(
            Finding::at(
                wiring.place(&rule.id, "EventBusName", rule.span),
                format!(
                    "{} waits for {} on bus {}, and {} puts it on bus {}",
                    rule.id,
                    sent.publishes.event,
                    rule.bus.name(),
                    sent.function.id,
                    sent.to.arn.name()
                ),
                format!("set EventBusName of {} to {}", rule.id, sent.to.arn.name()),
            )
            .and(sent.to.span, "is where the event goes")
            .and(sent.function.span, "publishes it"),
        );
    }
}
