//! Publishers that may not publish.

use aqueduct_contract::ChannelKind;
use aqueduct_topology::{Arn, Key};

use crate::check::Report;
use crate::rule::Rule;
use crate::wiring::Wiring;
use crate::{Finding, Level};

pub(super) static RULE: Rule = Rule {
    id: "publisher-without-permission",
    summary: "a function whose role may not send where the function declares to publish",
    level: Level::Error,
    why: "The call is refused when it is made: the first message in production fails, and every one after it.",
    source_url: "https://docs.aws.amazon.com/lambda/latest/dg/lambda-intro-execution-role.html",
    bad: include_str!("../../rules/publisher-without-permission/bad.yaml"),
    good: include_str!("../../rules/publisher-without-permission/good.yaml"),
    contracts: Some(include_str!("../../rules/publisher-without-permission/contracts.json")),
    samples: &[],
    misled_by: &[],
    check,
};

fn check(wiring: &Wiring<'_>, report: &mut Report<'_>) {
    let mut told = Vec::new();
    for sent in wiring.sent() {
        let Some(role) = wiring.role_of(sent.function) else { continue };
        let action = match sent.to.kind {
            ChannelKind::Queue => "sqs:SendMessage",
            ChannelKind::Topic => "sns:Publish",
            ChannelKind::Bus => "events:PutEvents",
        };
        let seen = (sent.function.id.as_str(), sent.to.id);
        if told.contains(&seen) {
            continue;
        }
        told.push(seen);
        let key = encrypted_by(wiring, sent.to.arn).filter(|key| key.policy.is_some());
        let (missing, on, arn) = match (wiring.missing_actions(role, &[action], sent.to.arn).first().copied(), key) {
            (Some(action), _) => (action, sent.to.id, sent.to.arn),
            (None, Some(key)) => {
                let needed = ["kms:GenerateDataKey", "kms:Decrypt"];
                let Some(action) = wiring.missing_actions(role, &needed, &key.arn).first().copied() else { continue };
                (action, key.id.as_str(), &key.arn)
            }
            (None, None) => continue,
        };
        report.add(
            Finding::at(
                sent.function.span,
                format!(
                    "{} publishes {} on {}, and {} does not allow {missing} on {on}",
                    sent.function.id,
                    sent.publishes.event,
                    sent.to.id,
                    wiring.shown_role(role, sent.function)
                ),
                wiring.way_to_grant(role, &wiring.shown_role(role, sent.function), &[missing], arn, on),
            )
            .and(sent.to.span, "is where it publishes"),
        );
    }
}

/// The key of the template that encrypts a queue or topic.
fn encrypted_by<'a>(wiring: &Wiring<'a>, arn: &Arn) -> Option<&'a Key> {
    let queue = wiring.queue(arn.as_str()).and_then(|it| it.kms_key.as_deref());
    let topic = wiring.topology.topics.iter().find(|it| it.arn == *arn).and_then(|it| it.kms_key.as_deref());
    wiring.topology.key(queue.or(topic)?)
}
