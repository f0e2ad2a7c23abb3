//! HTTP endpoints that get a minute to come back.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "http-subscription-with-default-retries",
    summary: "an HTTP subscription without a delivery policy",
    level: Level::Advice,
    why: "SNS tries an HTTP endpoint three more times, 20 seconds apart: an outage of a minute is longer than that.",
    source_url: "https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html",
    bad: include_str!("../../rules/http-subscription-with-default-retries/bad.yaml"),
    good: include_str!("../../rules/http-subscription-with-default-retries/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for subscription in &wiring.topology.subscriptions {
        let has_policy = subscription.attributes.contains_key("DeliveryPolicy");
        if !matches!(subscription.protocol.as_str(), "http" | "https")
            || has_policy
            || !wiring.knows(&subscription.id, &["DeliveryPolicy"])
        {
            continue;
        }
        report.add(Finding::at(
            subscription.span,
            format!("{} gives its endpoint about a minute to come back", subscription.id),
            "set DeliveryPolicy with more retries, up to an hour, or put a queue before the endpoint",
        ));
    }
}
