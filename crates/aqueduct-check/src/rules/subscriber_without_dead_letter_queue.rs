//! Subscribers whose failed deliveries are dropped.

use aqueduct_topology::Setting;

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "subscriber-without-dead-letter-queue",
    summary: "a subscriber of a Custom Event Bus without a dead-letter queue",
    level: Level::Warning,
    why: "What cannot be delivered is dropped after its retries, and only the metric EventsDropped tells of it.",
    source_url: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-custom-bus-retry.html",
    bad: include_str!("../../rules/subscriber-without-dead-letter-queue/bad.yaml"),
    good: include_str!("../../rules/subscriber-without-dead-letter-queue/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for subscriber in wiring.bus_subscribers() {
        if subscriber.property("OnFailureConfiguration") != Setting::NotSet {
            continue;
        }
        report.add(Finding::at(
            subscriber.span,
            format!("{} drops the events that it cannot deliver", subscriber.id),
            "set OnFailureConfiguration.Arn to a queue that its role may send to",
        ));
    }
}
