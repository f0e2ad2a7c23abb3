//! Events that nobody gets.

use aqueduct_contract::ChannelKind;

use crate::check::Report;
use crate::publishing::Passing;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "event-without-consumer",
    summary: "a declared event that no subscription or rule lets through",
    level: Level::Error,
    why: "SNS and EventBridge accept the event and drop it without a trace.",
    source_url: "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-event-bus-concepts.html",
    bad: include_str!("../../rules/event-without-consumer/bad.yaml"),
    good: include_str!("../../rules/event-without-consumer/good.yaml"),
    contracts: Some(include_str!("../../rules/event-without-consumer/contracts.json")),
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    let all = wiring.sent();
    for sent in &all {
        let ids: Vec<&String> = match sent.to.kind {
            ChannelKind::Queue => continue,
            ChannelKind::Topic => wiring.subscriptions_of(sent.to.arn).map(|it| &it.id).collect(),
            ChannelKind::Bus => {
                let rules = wiring.rules_of(sent.to.arn).filter(|it| it.pattern.is_some());
                rules.map(|it| &it.id).collect()
            }
        };
        let hidden = wiring.may_hide(&["AWS::SNS::Subscription", "AWS::Events::Rule"]);
        let closed = |id: &&String| {
            wiring.gate_of(id).is_some_and(|gate| matches!(wiring.passes(&gate, sent.publishes), Passing::No(_)))
        };
        let shown = wiring.is_shown_outside(&[sent.to.arn.as_str(), sent.to.arn.name()]);
        let here: Vec<_> = all.iter().filter(|it| it.to.arn == sent.to.arn).collect();
        // A filter that no event of the channel passes is `filter-matches-nothing`.
        let is_dead = |id: &&String| {
            wiring
                .gate_of(id)
                .is_some_and(|gate| here.iter().all(|it| matches!(wiring.passes(&gate, it.publishes), Passing::No(_))))
        };
        // Nothing at all behind a topic is `topic-without-subscription`; a rule of another bus is `event-on-other-bus`.
        if ids.iter().any(is_dead)
            || ids.is_empty()
            || hidden
            || shown
            || !ids.iter().all(closed)
            || wiring.other_bus(sent).is_some()
        {
            continue;
        }
        report.add(
            Finding::at(
                sent.to.span,
                format!(
                    "{} publishes {} on {}, and no filter there lets it through",
                    sent.function.id, sent.publishes.event, sent.to.id
                ),
                "add a subscription or rule for it, or stop publishing it",
            )
            .and(sent.function.span, "publishes it"),
        );
    }
}
