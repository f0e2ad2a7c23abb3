//! Messages in a wrapping that their reader does not know.

use aqueduct_contract::{Carrier, ChannelKind, Wrapping};

use crate::check::Report;
use crate::publishing::Passing;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Fix, Level};

pub(super) static RULE: Rule = Rule {
    id: "wrapping-not-expected",
    summary: "a consumer that reads messages as they are, behind a subscription that wraps them, or the other way round",
    level: Level::Error,
    why: "Every message fails to decode and ends in the dead-letter queue.",
    source_url: "https://docs.aws.amazon.com/sns/latest/dg/sns-large-payload-raw-message-delivery.html",
    bad: include_str!("../../rules/wrapping-not-expected/bad.yaml"),
    good: include_str!("../../rules/wrapping-not-expected/good.yaml"),
    contracts: Some(include_str!("../../rules/wrapping-not-expected/contracts.json")),
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    for sent in wiring.sent().into_iter().filter(|sent| sent.to.kind == ChannelKind::Topic) {
        for feed in wiring.feeds(sent.to).into_iter().filter(|feed| feed.mapping.is_some()) {
            let Some(contract) = wiring.contract(feed.function) else { continue };
            let consumes = contract.consumes.iter().find(|it| it.event == sent.publishes.event);
            let Some(consumes) = consumes.filter(|it| !it.layouts.is_empty()) else { continue };
            let wrapped = feed.carrier == Carrier::Notification;
            let expected =
                consumes.layouts.iter().any(|it| it.inside.first() == wrapped.then_some(&Wrapping::Notification));
            if expected || matches!(wiring.arrives(&sent, &feed), Passing::No(_)) {
                continue;
            }
            let subscription = wiring.topology.subscriptions.iter().find(|it| it.span == feed.span);
            let Some(subscription) = subscription.filter(|it| wiring.knows(&it.id, &["RawMessageDelivery"])) else {
                continue;
            };
            let (comes, wants) = if wrapped { ("inside an SNS notification", true) } else { ("as it is", false) };
            report.add(
                Finding::at(
                    wiring.place(&subscription.id, "RawMessageDelivery", subscription.span),
                    format!(
                        "{} comes to {} {comes}, where the function does not look for it",
                        sent.publishes.event, feed.function.id
                    ),
                    format!("set RawMessageDelivery of {} to {wants}", subscription.id),
                )
                .and(feed.function.span, "reads it")
                .fix(Fix::set(&subscription.id, "RawMessageDelivery", wants)),
            );
        }
    }
}
