//! Topics that nobody listens to.

use aqueduct_topology::{Arn, Function, Span};

use crate::check::Report;
use crate::policy::names_resource;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "topic-without-subscription",
    summary: "a topic that is published to and has no subscription",
    level: Level::Warning,
    why: "SNS accepts the messages and discards them.",
    source_url: "https://docs.aws.amazon.com/sns/latest/dg/sns-create-subscribe-endpoint-to-topic.html",
    bad: include_str!("../../rules/topic-without-subscription/bad.yaml"),
    good: include_str!("../../rules/topic-without-subscription/good.yaml"),
    contracts: None,
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    if wiring.may_hide(&["AWS::SNS::Subscription"]) {
        return;
    }
    for topic in &wiring.topology.topics {
        let subscribed = wiring.subscriptions_of(&topic.arn).next().is_some();
        let shown = wiring.is_shown_outside(&[topic.arn.as_str(), &topic.name]);
        // A subscription made by hand needs the topic's fixed name, or an output.
        if subscribed || shown || wiring.sets(&topic.id, "TopicName") || !wiring.knows(&topic.id, &["Subscription"]) {
            continue;
        }
        let Some((publisher, span)) = publisher(wiring, &topic.arn) else { continue };
        report.add(
            Finding::at(
                topic.span,
                format!("nothing is subscribed to {}, and what {publisher} publishes is discarded", topic.id),
                "add an AWS::SNS::Subscription, or an output if another stack subscribes",
            )
            .and(span, "publishes"),
        );
    }
}

/// Something that publishes on the topic: a service, or a function whose role names it.
fn publisher<'a>(wiring: &Wiring<'a>, topic: &'a Arn) -> Option<(&'a str, Span)> {
    if let Some((from, target)) = wiring.targets().find(|(_, target)| target.arn == *topic) {
        return Some((from, target.span));
    }
    if let Some(sender) = wiring.senders(topic).next() {
        return Some((sender.id, sender.span));
    }
    let names_it =
        |function: &&Function| function.statements.iter().any(|it| names_resource(it, "sns:Publish", topic.as_str()));
    wiring.topology.functions.iter().find(names_it).map(|function| (function.id.as_str(), function.span))
}
