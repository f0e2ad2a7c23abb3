//! What rules look up by ARN, found once, so that a check takes time that grows with the template and not with its square.

use std::collections::{BTreeMap, BTreeSet};

use aqueduct_topology::{
    Alarm, Arn, Function, Mapping, Permission, Pipe, Queue, ResourcePolicy, Role, Rule as BusRule, Setting, Span,
    Subscription, Target, Topology,
};

use crate::gates::{Gate, gates};
use crate::senders::{Sender, senders};
use crate::wiring::DeadLetterEdge;

/// An event source mapping with its ends, both of which the template defines.
pub(crate) type Consumption<'a> = (&'a Mapping, &'a Queue, &'a Function);

/// What invokes a function asynchronously.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trigger<'a> {
    /// A subscription to a topic.
    Topic(&'a Arn, Span),
    /// A target of a rule or schedule, by the logical id of that.
    Target(&'a str, Span),
    /// A notification of a bucket.
    Bucket(&'a Arn, Span),
}

/// Parts of a topology by the ARN or name that others know them by.
#[derive(Debug)]
pub(crate) struct Index<'a> {
    pub(crate) queues: BTreeMap<&'a str, &'a Queue>,
    functions: BTreeMap<&'a str, &'a Function>,
    pub(crate) mappings: Vec<Consumption<'a>>,
    /// By the queue's ARN.
    pub(crate) consumptions: BTreeMap<&'a str, Vec<Consumption<'a>>>,
    /// By the function's ARN.
    pub(crate) feeds: BTreeMap<&'a str, Vec<Consumption<'a>>>,
    /// By the dead-letter queue's ARN.
    pub(crate) edges_to: BTreeMap<&'a str, Vec<DeadLetterEdge<'a>>>,
    /// By the ARN of the queue or topic.
    pub(crate) policies: BTreeMap<&'a str, Vec<&'a ResourcePolicy>>,
    /// Whether a queue or topic has a policy that is not known.
    pub(crate) hides_policies: bool,
    /// By the function's ARN, unqualified.
    pub(crate) permissions: BTreeMap<&'a str, Vec<&'a Permission>>,
    /// By the function's ARN, unqualified.
    pub(crate) triggers: BTreeMap<&'a str, Vec<Trigger<'a>>>,
    /// By the queue's name.
    pub(crate) alarms: BTreeMap<&'a str, Vec<&'a Alarm>>,
    /// Whether an alarm on a queue exists of which the queue is not known.
    pub(crate) hides_alarms: bool,
    /// By the ARN of what they read.
    pub(crate) pipes: BTreeMap<&'a str, Vec<&'a Pipe>>,
    /// What outputs, exports and stored parameters tell others.
    pub(crate) shown: BTreeSet<&'a str>,
    /// By the topic's ARN.
    pub(crate) subscribed: BTreeMap<&'a str, Vec<&'a Subscription>>,
    /// By logical id.
    pub(crate) rules: BTreeMap<&'a str, &'a BusRule>,
    /// By the bus's ARN.
    pub(crate) watching: BTreeMap<&'a str, Vec<&'a BusRule>>,
    /// By ARN.
    pub(crate) roles: BTreeMap<&'a str, &'a Role>,
    /// Logical ids by ARN.
    pub(crate) names: BTreeMap<&'a str, &'a str>,
    /// By the ARN of the queue or topic that they send to.
    pub(crate) senders: BTreeMap<&'a str, Vec<Sender<'a>>>,
    /// By the logical id of the subscription, rule or mapping.
    pub(crate) gates: BTreeMap<&'a str, Gate<'a>>,
}

impl<'a> Index<'a> {
    pub(crate) fn new(topology: &'a Topology) -> Self {
        let mut index = Self {
            queues: first_of_each(topology.queues.iter().map(|queue| (queue.arn.as_str(), queue))),
            functions: first_of_each(topology.functions.iter().map(|function| (function.arn.as_str(), function))),
            mappings: Vec::new(),
            consumptions: BTreeMap::new(),
            feeds: BTreeMap::new(),
            edges_to: grouped(dead_letter_edges(topology).map(|edge| (edge.to.as_str(), edge))),
            policies: BTreeMap::new(),
            hides_policies: hides_policies(topology),
            permissions: BTreeMap::new(),
            triggers: grouped(triggers(topology)),
            alarms: BTreeMap::new(),
            hides_alarms: topology.has_undecided("AWS::CloudWatch::Alarm"),
            pipes: grouped(topology.pipes.iter().map(|pipe| (pipe.source.as_str(), pipe))),
            shown: shown(topology),
            subscribed: grouped(topology.subscriptions.iter().map(|it| (it.topic.as_str(), it))),
            rules: first_of_each(topology.rules.iter().map(|it| (it.id.as_str(), it))),
            watching: grouped(topology.rules.iter().map(|it| (it.bus.as_str(), it))),
            roles: first_of_each(topology.roles.iter().map(|it| (it.arn.as_str(), it))),
            names: first_of_each(names(topology)),
            senders: senders(topology),
            gates: gates(topology),
        };
        let ends = |mapping: &'a Mapping| {
            let queue = *index.queues.get(mapping.queue.as_str())?;
            Some((mapping, queue, index.function(mapping.function.as_str())?))
        };
        index.mappings = topology.mappings.iter().filter_map(ends).collect();
        index.consumptions = grouped(index.mappings.iter().map(|it| (it.1.arn.as_str(), *it)));
        index.feeds = grouped(index.mappings.iter().map(|it| (it.2.arn.as_str(), *it)));
        index.policies = grouped(
            topology.policies.iter().flat_map(|policy| policy.resources.iter().map(move |arn| (arn.as_str(), policy))),
        );
        let permitted = topology.permissions.iter();
        index.permissions = grouped(permitted.map(|it| (unqualified(it.function.as_str()), it)));
        let of_queues = topology.alarms.iter().filter(|alarm| alarm.namespace == "AWS/SQS");
        index.hides_alarms |= of_queues.clone().any(|alarm| !alarm.dimensions.contains_key("QueueName"));
        index.alarms =
            grouped(of_queues.filter_map(|alarm| Some((alarm.dimensions.get("QueueName")?.as_str(), alarm))));
        index
    }

    /// The function with this ARN, whatever its version or alias.
    pub(crate) fn function(&self, arn: &str) -> Option<&'a Function> {
        self.functions.get(arn).or_else(|| self.functions.get(unqualified(arn))).copied()
    }
}

/// A function's ARN without version or alias.
fn unqualified(arn: &str) -> &str {
    // arn:partition:lambda:region:account:function:name:qualifier
    match arn.match_indices(':').nth(6) {
        Some((end, _)) => &arn[..end],
        None => arn,
    }
}

/// Of parts with one name, the first.
fn first_of_each<'a, T>(parts: impl Iterator<Item = (&'a str, T)>) -> BTreeMap<&'a str, T> {
    let mut first = BTreeMap::new();
    for (name, part) in parts {
        first.entry(name).or_insert(part);
    }
    first
}

fn grouped<'a, T>(parts: impl Iterator<Item = (&'a str, T)>) -> BTreeMap<&'a str, Vec<T>> {
    let mut groups: BTreeMap<&'a str, Vec<T>> = BTreeMap::new();
    for (name, part) in parts {
        groups.entry(name).or_default().push(part);
    }
    groups
}

/// Targets of rules and schedules, with the logical id of the rule or schedule.
pub(crate) fn targets(topology: &Topology) -> impl Iterator<Item = (&str, &Target)> {
    let of_rules = topology.rules.iter().flat_map(|rule| rule.targets.iter().map(|target| (rule.id.as_str(), target)));
    of_rules.chain(topology.schedules.iter().map(|schedule| (schedule.id.as_str(), &schedule.target)))
}

fn dead_letter_edges(topology: &Topology) -> impl Iterator<Item = DeadLetterEdge<'_>> {
    let redrives = topology.queues.iter().filter_map(|queue| {
        let to = &queue.redrive.as_ref()?.target;
        Some(DeadLetterEdge { from: &queue.id, to, by_redrive: true })
    });
    let subscriptions = topology.subscriptions.iter().filter_map(|it| edge(&it.id, it.dead_letter.as_ref()));
    let functions = topology.functions.iter().flat_map(|it| {
        let ways = [it.asynchronous.dead_letter.as_ref(), it.asynchronous.on_failure.as_ref()];
        ways.into_iter().filter_map(move |to| edge(&it.id, to))
    });
    let targets = targets(topology).filter_map(|(from, target)| edge(from, target.dead_letter.as_ref()));
    redrives.chain(subscriptions).chain(functions).chain(targets)
}

fn edge<'a>(from: &'a str, to: Option<&'a Arn>) -> Option<DeadLetterEdge<'a>> {
    to.map(|to| DeadLetterEdge { from, to, by_redrive: false })
}

/// What invokes functions asynchronously, with the function's ARN.
fn triggers(topology: &Topology) -> impl Iterator<Item = (&str, Trigger<'_>)> {
    let subscriptions = topology.subscriptions.iter().filter(|it| it.protocol == "lambda");
    let topics = subscriptions.map(|it| (unqualified(&it.endpoint), Trigger::Topic(&it.topic, it.span)));
    let targets = targets(topology).map(|(from, it)| (unqualified(it.arn.as_str()), Trigger::Target(from, it.span)));
    let notifications = topology.notifications.iter();
    let buckets = notifications
        .filter_map(|it| Some((unqualified(it.target.as_ref()?.as_str()), Trigger::Bucket(&it.bucket, it.span))));
    topics.chain(targets).chain(buckets)
}

/// The logical ids of what messages name, with their ARNs.
fn names(topology: &Topology) -> impl Iterator<Item = (&str, &str)> {
    let queues = topology.queues.iter().map(|it| (it.arn.as_str(), it.id.as_str()));
    let topics = topology.topics.iter().map(|it| (it.arn.as_str(), it.id.as_str()));
    let functions = topology.functions.iter().map(|it| (it.arn.as_str(), it.id.as_str()));
    let buses = topology.buses.iter().map(|it| (it.arn.as_str(), it.id.as_str()));
    let buckets = topology.buckets.iter().map(|it| (it.arn.as_str(), it.id.as_str()));
    queues.chain(topics).chain(functions).chain(buses).chain(buckets)
}

fn shown(topology: &Topology) -> BTreeSet<&str> {
    let stored = topology.stored_parameters.iter().map(|parameter| &parameter.value);
    let all = topology.outputs.values().chain(topology.exports.values()).chain(stored);
    all.map(String::as_str).collect()
}

fn hides_policies(topology: &Topology) -> bool {
    const KINDS: [&str; 4] = [
        "AWS::SQS::QueuePolicy",
        "AWS::SQS::QueueInlinePolicy",
        "AWS::SNS::TopicPolicy",
        "AWS::SNS::TopicInlinePolicy",
    ];
    let mut written = topology.resources.values().filter(|resource| KINDS.contains(&resource.kind.as_str()));
    KINDS.iter().any(|kind| topology.has_undecided(kind))
        || written.any(|policy| {
            let unknown = |path| match policy.property(path) {
                Setting::Unknown(_) => true,
                Setting::Set(property) => path != "PolicyDocument" && property.value.first_unknown().is_some(),
                Setting::NotSet => false,
            };
            ["PolicyDocument", "Queues", "Queue", "Topics", "TopicArn"].into_iter().any(unknown)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn qualifiers_are_cut() {
        let arn = "arn:aws:lambda:us-east-1:000000000000:function:work";
        for (given, expected) in [(arn, arn), (&format!("{arn}:live"), arn), ("work", "work")] {
            assert_eq!(unqualified(given), expected);
        }
    }
}
