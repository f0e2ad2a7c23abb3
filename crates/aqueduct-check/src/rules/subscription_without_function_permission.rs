//! A topic that may not invoke the function subscribed to it.

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "subscription-without-function-permission",
    summary: "a function subscribed to a topic that may not invoke it",
    level: Level::Error,
    why: "SNS takes a missing permission for a client error: the message is not retried, but lost or dead-lettered at once.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html",
    bad: include_str!("../../rules/subscription-without-function-permission/bad.yaml"),
    good: include_str!("../../rules/subscription-without-function-permission/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for subscription in wiring.topology.subscriptions.iter().filter(|it| it.protocol == "lambda") {
        let Some(function) = wiring.function(&subscription.endpoint) else { continue };
        if !wiring.may_invoke("sns.amazonaws.com", &subscription.topic, function) {
            report.add(Finding::at(
                subscription.span,
                format!("no permission lets topic {} invoke {}", wiring.shown(&subscription.topic), function.id),
                format!(
                    "add an AWS::Lambda::Permission on {} with Principal sns.amazonaws.com and the topic as SourceArn",
                    function.id
                ),
            ).and(function.span, "is the function"));
        }
    }
}
