//! Which services deliver to a queue or topic, and whether its key lets them.

use aqueduct_topology::{Arn, Key, Span};

use crate::policy::Access;
use crate::wiring::Wiring;

/// A service that sends to a queue or publishes on a topic.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sender<'a> {
    /// What it sends for, as words: "subscription", "rule".
    pub(crate) noun: &'static str,
    /// Logical id of the resource that it sends for.
    pub(crate) id: &'a str,
    /// Service principal.
    pub(crate) principal: &'static str,
    /// The topic, rule or bucket that it sends for.
    pub(crate) source: &'a Arn,
    /// Where it stands.
    pub(crate) span: Span,
}

impl<'a> Wiring<'a> {
    /// The services that deliver to the queue or topic with this ARN.
    pub(crate) fn senders(&self, to: &'a Arn) -> impl Iterator<Item = Sender<'a>> {
        let topology = self.topology;
        let subscriptions = topology.subscriptions.iter().filter_map(move |it| {
            let delivers = it.protocol == "sqs" && it.endpoint == to.as_str();
            let gives_up = it.dead_letter.as_ref() == Some(to);
            let noun = if delivers { "subscription" } else { "failed deliveries of subscription" };
            (delivers || gives_up).then(|| Sender {
                noun,
                id: &it.id,
                principal: "sns.amazonaws.com",
                source: &it.topic,
                span: it.span,
            })
        });
        // A target with a role of its own sends as that role.
        let rules = topology.rules.iter().flat_map(move |rule| {
            let sends = rule.targets.iter().filter(move |target| {
                (target.arn == *to && target.role.is_none()) || target.dead_letter.as_ref() == Some(to)
            });
            sends.take(1).map(|target| Sender {
                noun: if target.arn == *to { "rule" } else { "failed deliveries of rule" },
                id: &rule.id,
                principal: "events.amazonaws.com",
                source: &rule.arn,
                span: target.span,
            })
        });
        let buckets = topology.notifications.iter().filter(move |it| it.target.as_ref() == Some(to)).map(|it| Sender {
            noun: "bucket",
            id: &it.id,
            principal: "s3.amazonaws.com",
            source: &it.bucket,
            span: it.span,
        });
        subscriptions.chain(rules).chain(buckets)
    }

    /// The alarms that notify a topic.
    pub(crate) fn alarms_of(&self, topic: &'a Arn) -> impl Iterator<Item = Sender<'a>> {
        let notifies = self.topology.alarms.iter().filter(|alarm| alarm.actions.iter().any(|it| it == topic.as_str()));
        notifies.map(|alarm| Sender {
            noun: "alarm",
            id: &alarm.id,
            principal: "cloudwatch.amazonaws.com",
            source: topic,
            span: alarm.span,
        })
    }
}

/// The first action of `actions` that the key's policy closes to the sender; `None` when the policy is not known.
pub(crate) fn closed_to<'s>(key: &Key, sender: Sender<'_>, actions: &[&'s str]) -> Option<&'s str> {
    let policy = key.policy.as_ref()?;
    let is_closed = |action: &&&'s str| {
        let access = Access { principal: sender.principal, action, resource: &key.arn, source: sender.source };
        !access.may_be_allowed_by(policy)
    };
    actions.iter().find(is_closed).copied()
}
