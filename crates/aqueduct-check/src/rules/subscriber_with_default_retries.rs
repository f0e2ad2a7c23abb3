//! Subscribers that give up after five minutes.

use aqueduct_topology::Setting;
use serde_json::json;

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Fix, Level};

pub(super) static RULE: Rule = Rule {
    id: "subscriber-with-default-retries",
    summary: "a subscriber of a Custom Event Bus without a retry policy",
    level: Level::Warning,
    why: "Its defaults are 5 attempts in 300 s, not the 185 attempts in 24 hours of a rule's target: an outage of a few minutes drops events.",
    source_url: "https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-eventsv2-subscriber-retrypolicy.html",
    bad: include_str!("../../rules/subscriber-with-default-retries/bad.yaml"),
    good: include_str!("../../rules/subscriber-with-default-retries/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    let subscribers = wiring.bus_subscribers();
    for subscriber in subscribers {
        if subscriber.property("RetryPolicy") != Setting::NotSet {
            continue;
        }
        report.add(
            Finding::at(
                subscriber.span,
                format!("{} tries a delivery for 300 s, and then gives the event up", subscriber.id),
                "set RetryPolicy with MaxEventAgeInSeconds 86400 and MaxRetryAttempts 185",
            )
            .fix(Fix::set(
                &subscriber.id,
                "RetryPolicy",
                json!({ "MaxEventAgeInSeconds": 86400, "MaxRetryAttempts": 185 }),
            )),
        );
    }
}
