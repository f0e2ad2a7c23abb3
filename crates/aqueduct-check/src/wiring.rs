//! Questions that several rules ask of a topology.

use aqueduct_contract::{Contracts, FunctionContract, Names};
use aqueduct_topology::{
    Alarm, Arn, Function, Permission, Queue, Resource, ResourcePolicy, Role, Rule as BusRule, Span, Subscription,
    Target, Topology,
};

use crate::check::Evidence;
use crate::evidence::Given;
use crate::index::{self, Consumption, Index, Trigger};
use crate::policy::{Access, Obstacle, like};
use crate::samples::Sample;
use crate::senders::Sender;

/// A topology with what follows from it.
#[derive(Debug)]
pub(crate) struct Wiring<'a> {
    pub(crate) topology: &'a Topology,
    /// What the code declares, if it is known.
    pub(crate) contracts: Option<&'a Contracts>,
    /// Events that functions are shown to get.
    pub(crate) samples: &'a [Sample],
    pub(crate) index: Index<'a>,
    /// What samples cannot know.
    pub(crate) given: Given<'a>,
}

/// Where a message that cannot be delivered goes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DeadLetterEdge<'a> {
    /// Logical id of the resource with the edge.
    pub(crate) from: &'a str,
    /// The dead-letter queue.
    pub(crate) to: &'a Arn,
    /// Whether SQS itself moves the messages, as a queue's redrive policy says.
    pub(crate) by_redrive: bool,
}

impl<'a> Wiring<'a> {
    pub(crate) fn new(topology: &'a Topology, evidence: Evidence<'a>) -> Self {
        let Evidence { contracts, samples } = evidence;
        let index = Index::new(topology);
        let given = if samples.is_empty() { Given::default() } else { Given::new(index.names.keys().copied()) };
        Self { topology, contracts, samples, index, given }
    }

    /// What the code declares of a function, if it does.
    pub(crate) fn contract(&self, function: &Function) -> Option<&'a FunctionContract> {
        let names = Names { id: &function.id, physical: Some(&function.name), binary: function.binary.as_deref() };
        self.contracts?.function(names)
    }

    /// The template's queue with this ARN.
    pub(crate) fn queue(&self, arn: &str) -> Option<&'a Queue> {
        self.index.queues.get(arn).copied()
    }

    /// The template's function with this ARN, whatever its version or alias.
    pub(crate) fn function(&self, arn: &str) -> Option<&'a Function> {
        self.index.function(arn)
    }

    /// The event source mappings whose queue and function the template defines.
    pub(crate) fn mappings(&self) -> impl Iterator<Item = Consumption<'a>> {
        self.index.mappings.iter().copied()
    }

    /// Those that feed a function.
    pub(crate) fn mappings_to(&self, function: &Function) -> impl Iterator<Item = Consumption<'a>> {
        self.index.feeds.get(function.arn.as_str()).into_iter().flatten().copied()
    }

    /// Those of a queue.
    pub(crate) fn mappings_of(&self, queue: &Queue) -> impl Iterator<Item = Consumption<'a>> {
        self.mappings_from(queue.arn.as_str())
    }

    /// Those of the queue with this ARN.
    pub(crate) fn mappings_from(&self, queue: &str) -> impl Iterator<Item = Consumption<'a>> {
        self.index.consumptions.get(queue).into_iter().flatten().copied()
    }

    /// The subscribers of Custom Event Buses.
    pub(crate) fn bus_subscribers(&self) -> impl Iterator<Item = &'a Resource> {
        self.topology.resources.values().filter(|it| it.kind == "AWS::EventsV2::Subscriber")
    }

    /// A function or pipe that consumes a queue, and where it stands.
    pub(crate) fn consumer_of(&self, queue: &Queue) -> Option<(&'a str, Span)> {
        let function = self.mappings_of(queue).next().map(|(_, _, function)| (function.id.as_str(), function.span));
        function.or_else(|| {
            let pipe = self.index.pipes.get(queue.arn.as_str())?.first()?;
            Some((pipe.id.as_str(), pipe.span))
        })
    }

    /// Targets of rules and schedules, with the logical id of the rule or schedule.
    pub(crate) fn targets(&self) -> impl Iterator<Item = (&'a str, &'a Target)> {
        index::targets(self.topology)
    }

    /// The edges to a dead-letter queue.
    pub(crate) fn dead_letter_edges_to(&self, queue: &Queue) -> impl Iterator<Item = DeadLetterEdge<'a>> {
        self.index.edges_to.get(queue.arn.as_str()).into_iter().flatten().copied()
    }

    /// The template's dead-letter queues, each once, with the first edge to it.
    pub(crate) fn dead_letter_queues(&self) -> impl Iterator<Item = (&'a Queue, DeadLetterEdge<'a>)> {
        self.topology.queues.iter().filter_map(|queue| Some((queue, self.dead_letter_edges_to(queue).next()?)))
    }

    /// What invokes a function asynchronously.
    pub(crate) fn triggers_of(&self, function: &Function) -> impl Iterator<Item = Trigger<'a>> {
        self.index.triggers.get(function.arn.as_str()).into_iter().flatten().copied()
    }

    /// The alarms on a metric of a queue.
    pub(crate) fn alarms_on(&self, queue: &Queue) -> impl Iterator<Item = &'a Alarm> {
        self.index.alarms.get(queue.name.as_str()).into_iter().flatten().copied()
    }

    /// The services that deliver to the queue or topic with this ARN.
    pub(crate) fn senders(&self, to: &Arn) -> impl Iterator<Item = Sender<'a>> {
        self.index.senders.get(to.as_str()).into_iter().flatten().copied()
    }

    /// Whether a policy in the template may let `principal` send to `queue` for `source`.
    pub(crate) fn may_send(&self, principal: &str, source: &Arn, queue: &Queue) -> bool {
        self.may_be_granted(Access { principal, action: "sqs:SendMessage", resource: &queue.arn, source })
    }

    /// Whether a policy in the template may allow the access; one that is not known may.
    pub(crate) fn may_be_granted(&self, access: Access<'_>) -> bool {
        self.index.hides_policies || self.policies_of(access.resource).any(|it| access.may_be_allowed_by(&it.document))
    }

    /// The policy that is meant for the access and keeps it out, and what of it does.
    pub(crate) fn obstacle(&self, access: Access<'_>) -> Option<(&'a ResourcePolicy, Obstacle)> {
        if self.may_be_granted(access) {
            return None;
        }
        self.policies_of(access.resource).find_map(|policy| Some((policy, access.obstacle(&policy.document)?)))
    }

    /// The policies of a queue or topic.
    pub(crate) fn policies_of(&self, arn: &Arn) -> impl Iterator<Item = &'a ResourcePolicy> {
        self.index.policies.get(arn.as_str()).into_iter().flatten().copied()
    }

    /// The subscriptions to a topic.
    pub(crate) fn subscriptions_of(&self, topic: &Arn) -> impl Iterator<Item = &'a Subscription> {
        self.index.subscribed.get(topic.as_str()).into_iter().flatten().copied()
    }

    /// The rule with this logical id.
    pub(crate) fn bus_rule(&self, id: &str) -> Option<&'a BusRule> {
        self.index.rules.get(id).copied()
    }

    /// The rules of a bus.
    pub(crate) fn rules_of(&self, bus: &Arn) -> impl Iterator<Item = &'a BusRule> {
        self.index.watching.get(bus.as_str()).into_iter().flatten().copied()
    }

    /// The template's role with this ARN.
    pub(crate) fn role(&self, arn: &Arn) -> Option<&'a Role> {
        self.index.roles.get(arn.as_str()).copied()
    }

    /// The logical id of a queue, topic, function, bus or bucket.
    pub(crate) fn shown_id(&self, arn: &Arn) -> Option<&'a str> {
        self.index.names.get(arn.as_str()).copied()
    }

    /// The permissions of a function, its versions and aliases.
    pub(crate) fn permissions_of(&self, function: &Function) -> impl Iterator<Item = &'a Permission> {
        self.index.permissions.get(function.arn.as_str()).into_iter().flatten().copied()
    }

    /// Whether a permission in the template lets `principal` invoke `function` for `source`.
    pub(crate) fn may_invoke(&self, principal: &str, source: &Arn, function: &Function) -> bool {
        let hidden = self.topology.has_undecided("AWS::Lambda::Permission");
        hidden || self.permissions_of(function).any(|it| Self::permits(it, principal, source, function))
    }

    /// Whether a permission lets `principal` invoke the function, or one of its versions and aliases, for `source`.
    pub(crate) fn permits(permission: &Permission, principal: &str, source: &Arn, function: &Function) -> bool {
        is_of(&function.arn, permission.function.as_str())
            && permission.action != "lambda:InvokeFunctionUrl"
            && (permission.principal == principal || permission.principal == "*")
            && permission.source_arn.as_deref().is_none_or(|pattern| like(pattern, source.as_str()))
    }

    /// The first policy of a queue or topic.
    pub(crate) fn policy_of(&self, arn: &Arn) -> Option<&'a ResourcePolicy> {
        self.policies_of(arn).next()
    }

    /// Where a permission to send to `queue` belongs: its policy, or the queue while it has none.
    pub(crate) fn policy_span(&self, queue: &Queue) -> Span {
        self.policy_of(&queue.arn).map_or(queue.span, |policy| policy.span)
    }
}

/// What lets a service send to `queue` for a source of this kind, in words.
pub(crate) fn queue_policy_help(queue: &Queue, service: &str, source: &str) -> String {
    format!(
        "add an AWS::SQS::QueuePolicy on {} that allows {service} sqs:SendMessage where aws:SourceArn is the {source}",
        queue.id
    )
}

/// Whether `arn` is the function's own or one of its versions or aliases.
fn is_of(function: &Arn, arn: &str) -> bool {
    arn.strip_prefix(function.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}
