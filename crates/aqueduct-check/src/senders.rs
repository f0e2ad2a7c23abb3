//! Which services deliver to a queue or topic, and whether its key lets them.

use std::collections::BTreeMap;

use aqueduct_topology::{Arn, Key, Span, Topology};

use crate::policy::{Access, unconditional};
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

/// What an alarm is called that publishes on a topic.
const ALARM: &str = "alarm";

/// The services that deliver to queues and topics, by the ARN of the queue or topic.
pub(crate) fn senders(topology: &Topology) -> BTreeMap<&str, Vec<Sender<'_>>> {
    let mut senders: BTreeMap<&str, Vec<Sender<'_>>> = BTreeMap::new();
    for it in &topology.subscriptions {
        let sender =
            |noun| Sender { noun, id: &it.id, principal: "sns.amazonaws.com", source: &it.topic, span: it.span };
        let endpoint = (it.protocol == "sqs").then_some(it.endpoint.as_str());
        if let Some(endpoint) = endpoint {
            senders.entry(endpoint).or_default().push(sender("subscription"));
        }
        if let Some(to) = it.dead_letter.as_ref().filter(|to| endpoint != Some(to.as_str())) {
            senders.entry(to.as_str()).or_default().push(sender("failed deliveries of subscription"));
        }
    }
    for rule in &topology.rules {
        let mut told: Vec<&Arn> = Vec::new();
        for target in &rule.targets {
            // A target with a role of its own sends as that role.
            let delivers = Some(&target.arn).filter(|_| target.role.is_none());
            for to in delivers.into_iter().chain(&target.dead_letter) {
                if !told.contains(&to) {
                    told.push(to);
                    senders.entry(to.as_str()).or_default().push(Sender {
                        noun: if target.arn == *to { "rule" } else { "failed deliveries of rule" },
                        id: &rule.id,
                        principal: "events.amazonaws.com",
                        source: &rule.arn,
                        span: target.span,
                    });
                }
            }
        }
    }
    for it in &topology.notifications {
        let Some(to) = &it.target else { continue };
        senders.entry(to.as_str()).or_default().push(Sender {
            noun: "bucket",
            id: &it.id,
            principal: "s3.amazonaws.com",
            source: &it.bucket,
            span: it.span,
        });
    }
    senders
}

impl<'a> Wiring<'a> {
    /// The alarms that notify a topic.
    pub(crate) fn alarms_of(&self, topic: &'a Arn) -> impl Iterator<Item = Sender<'a>> {
        let notifies = self.topology.alarms.iter().filter(|alarm| alarm.actions.iter().any(|it| it == topic.as_str()));
        notifies.map(|alarm| Sender {
            noun: ALARM,
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
    // The source of an alarm's message is the alarm, whose ARN is not read.
    let unconditional = (sender.noun == ALARM).then(|| unconditional(policy));
    let policy = unconditional.as_ref().unwrap_or(policy);
    let is_closed = |action: &&&'s str| {
        let access = Access { principal: sender.principal, action, resource: &key.arn, source: sender.source };
        !access.may_be_allowed_by(policy)
    };
    actions.iter().find(is_closed).copied()
}
