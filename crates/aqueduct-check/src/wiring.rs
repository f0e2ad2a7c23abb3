//! Questions that several rules ask of a topology.

use aqueduct_contract::{Contracts, FunctionContract, Names};
use aqueduct_topology::{Arn, Function, Mapping, Permission, Queue, ResourcePolicy, Setting, Span, Target, Topology};

use crate::policy::{Access, Obstacle, like};

/// A topology with what follows from it.
#[derive(Debug)]
pub(crate) struct Wiring<'a> {
    pub(crate) topology: &'a Topology,
    /// What the code declares, if it is known.
    pub(crate) contracts: Option<&'a Contracts>,
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
    pub(crate) const fn new(topology: &'a Topology, contracts: Option<&'a Contracts>) -> Self {
        Self { topology, contracts }
    }

    /// What the code declares of a function, if it does.
    pub(crate) fn contract(&self, function: &Function) -> Option<&'a FunctionContract> {
        let names = Names { id: &function.id, physical: Some(&function.name), binary: function.binary.as_deref() };
        self.contracts?.function(names)
    }

    /// The template's queue with this ARN.
    pub(crate) fn queue(&self, arn: &str) -> Option<&'a Queue> {
        self.topology.queues.iter().find(|queue| queue.arn.as_str() == arn)
    }

    /// The template's function with this ARN, whatever its version or alias.
    pub(crate) fn function(&self, arn: &str) -> Option<&'a Function> {
        self.topology.functions.iter().find(|function| is_of(&function.arn, arn))
    }

    /// The event source mappings whose queue and function the template defines.
    pub(crate) fn mappings(&self) -> impl Iterator<Item = (&'a Mapping, &'a Queue, &'a Function)> {
        self.topology.mappings.iter().filter_map(|mapping| {
            Some((mapping, self.queue(mapping.queue.as_str())?, self.function(mapping.function.as_str())?))
        })
    }

    /// Targets of rules and schedules, with the logical id of the rule or schedule.
    pub(crate) fn targets(&self) -> impl Iterator<Item = (&'a str, &'a Target)> {
        let of_rules =
            self.topology.rules.iter().flat_map(|rule| rule.targets.iter().map(|target| (rule.id.as_str(), target)));
        of_rules.chain(self.topology.schedules.iter().map(|schedule| (schedule.id.as_str(), &schedule.target)))
    }

    /// Every edge to a dead-letter queue.
    pub(crate) fn dead_letter_edges(&self) -> impl Iterator<Item = DeadLetterEdge<'a>> {
        let topology = self.topology;
        let redrives = topology.queues.iter().filter_map(|queue| {
            let to = &queue.redrive.as_ref()?.target;
            Some(DeadLetterEdge { from: &queue.id, to, by_redrive: true })
        });
        let edge = |from: &'a String, to: &'a Option<Arn>| {
            to.as_ref().map(|to| DeadLetterEdge { from: from.as_str(), to, by_redrive: false })
        };
        let subscriptions = topology.subscriptions.iter().filter_map(move |it| edge(&it.id, &it.dead_letter));
        let functions = topology.functions.iter().flat_map(move |it| {
            [&it.asynchronous.dead_letter, &it.asynchronous.on_failure]
                .into_iter()
                .filter_map(move |to| edge(&it.id, to))
        });
        let targets = self.targets().filter_map(|(from, target)| {
            target.dead_letter.as_ref().map(|to| DeadLetterEdge { from, to, by_redrive: false })
        });
        redrives.chain(subscriptions).chain(functions).chain(targets)
    }

    /// The template's dead-letter queues, each once, with the first edge to it.
    pub(crate) fn dead_letter_queues(&self) -> impl Iterator<Item = (&'a Queue, DeadLetterEdge<'a>)> {
        self.topology
            .queues
            .iter()
            .filter_map(|queue| Some((queue, self.dead_letter_edges().find(|edge| *edge.to == queue.arn)?)))
    }

    /// Whether a policy in the template may let `principal` send to `queue` for `source`.
    pub(crate) fn may_send(&self, principal: &str, source: &Arn, queue: &Queue) -> bool {
        self.may_be_granted(Access { principal, action: "sqs:SendMessage", resource: &queue.arn, source })
    }

    /// Whether a policy in the template may allow the access; one that is not known may.
    pub(crate) fn may_be_granted(&self, access: Access<'_>) -> bool {
        self.hides_policies() || self.policies_of(access.resource).any(|it| access.may_be_allowed_by(&it.document))
    }

    /// The policy that is meant for the access and keeps it out, and what of it does.
    pub(crate) fn obstacle(&self, access: Access<'_>) -> Option<(&'a ResourcePolicy, Obstacle)> {
        if self.may_be_granted(access) {
            return None;
        }
        self.policies_of(access.resource).find_map(|policy| Some((policy, access.obstacle(&policy.document)?)))
    }

    /// The policies of a queue or topic.
    fn policies_of(&self, arn: &Arn) -> impl Iterator<Item = &'a ResourcePolicy> {
        self.topology.policies.iter().filter(move |policy| policy.resources.contains(arn))
    }

    /// Whether a queue or topic has a policy that is not known.
    fn hides_policies(&self) -> bool {
        const KINDS: [&str; 4] = [
            "AWS::SQS::QueuePolicy",
            "AWS::SQS::QueueInlinePolicy",
            "AWS::SNS::TopicPolicy",
            "AWS::SNS::TopicInlinePolicy",
        ];
        let mut written = self.topology.resources.values().filter(|resource| KINDS.contains(&resource.kind.as_str()));
        KINDS.iter().any(|kind| self.topology.has_undecided(kind))
            || written.any(|policy| {
                let unknown = |path| match policy.property(path) {
                    Setting::Unknown(_) => true,
                    Setting::Set(property) => path != "PolicyDocument" && property.value.first_unknown().is_some(),
                    Setting::NotSet => false,
                };
                ["PolicyDocument", "Queues", "Queue", "Topics", "TopicArn"].into_iter().any(unknown)
            })
    }

    /// Whether a permission in the template lets `principal` invoke `function` for `source`.
    pub(crate) fn may_invoke(&self, principal: &str, source: &Arn, function: &Function) -> bool {
        let hidden = self.topology.has_undecided("AWS::Lambda::Permission");
        hidden || self.topology.permissions.iter().any(|it| Self::permits(it, principal, source, function))
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

/// Whether `arn` is the function's own or one of its versions or aliases.
fn is_of(function: &Arn, arn: &str) -> bool {
    arn.strip_prefix(function.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
}
