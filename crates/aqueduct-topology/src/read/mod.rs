//! Resources to topology: one file per service.

mod alarm;
mod events;
mod function;
mod known;
mod queue;
mod role;
mod storage;
mod topic;

use std::collections::BTreeMap;

use crate::properties::{NOT_KNOWN_HELP, Properties};
use crate::resolved::Resolved;
use crate::scope::Scope;
use crate::template::Resource;
use crate::{Arn, Severity, Topology, identity};

/// Reads every resource that the deployment has.
pub(crate) fn topology(scope: &Scope<'_>) -> Topology {
    let mut topology = Topology::default();
    for resource in scope.template.resources.iter().filter(|resource| exists(scope, resource)) {
        read(scope, resource, &mut topology);
    }
    function::attach(scope, &mut topology);
    events::add_default_bus(scope, &mut topology);
    topology.outputs = outputs(scope);
    topology
}

/// Whether the resource's condition holds; one that is unknown leaves the resource out.
fn exists(scope: &Scope<'_>, resource: &Resource) -> bool {
    let Some(condition) = &resource.condition else { return true };
    scope.condition(condition, resource.span).unwrap_or_else(|reason| {
        scope.report(
            Severity::Warning,
            format!(
                "{} `{}` is passed over: whether condition `{condition}` holds is not known: {reason}",
                resource.noun(),
                resource.id
            ),
            Some(NOT_KNOWN_HELP.to_owned()),
            resource.span,
        );
        false
    })
}

fn read(scope: &Scope<'_>, resource: &Resource, topology: &mut Topology) {
    match resource.kind.as_str() {
        "AWS::Lambda::Function" | "AWS::Serverless::Function" => {
            topology.functions.extend(function::read(scope, resource));
        }
        "AWS::Lambda::EventSourceMapping" => topology.mappings.extend(function::mapping(scope, resource)),
        "AWS::Lambda::Permission" => topology.permissions.extend(function::permission(scope, resource)),
        "AWS::SQS::Queue" => topology.queues.extend(queue::read(scope, resource)),
        "AWS::SQS::QueuePolicy" | "AWS::SQS::QueueInlinePolicy" => {
            topology.policies.extend(queue::policy(scope, resource));
        }
        "AWS::SNS::Topic" => topic::read(scope, resource, topology),
        "AWS::SNS::Subscription" => topology.subscriptions.extend(topic::subscription(scope, resource)),
        "AWS::SNS::TopicPolicy" | "AWS::SNS::TopicInlinePolicy" => {
            topology.policies.extend(topic::policy(scope, resource));
        }
        "AWS::Events::EventBus" => topology.buses.extend(events::bus(scope, resource)),
        "AWS::Events::Rule" => topology.rules.extend(events::rule(scope, resource)),
        "AWS::Events::Archive" => topology.archives.extend(events::archive(scope, resource)),
        "AWS::Scheduler::Schedule" => topology.schedules.extend(events::schedule(scope, resource)),
        "AWS::DynamoDB::Table" => topology.tables.extend(storage::table(scope, resource)),
        "AWS::Serverless::SimpleTable" => topology.tables.extend(storage::simple_table(scope, resource)),
        "AWS::S3::Bucket" => topology.buckets.extend(storage::bucket(scope, resource)),
        "AWS::CloudWatch::Alarm" => topology.alarms.extend(alarm::read(scope, resource)),
        // Read once every function is there, in `function::attach`.
        "AWS::Lambda::Url" | "AWS::Lambda::EventInvokeConfig" => {}
        _ => known::warn_of_unread(scope, resource),
    }
}

/// Physical name and ARN; a resource without a known one is passed over.
fn named(scope: &Scope<'_>, resource: &Resource) -> Option<(String, Arn)> {
    let both = identity::name(scope, resource).and_then(|name| Ok((name, identity::arn(scope, resource)?)));
    both.inspect_err(|reason| {
        scope.report(
            Severity::Warning,
            format!("{} `{}` is passed over: its name is not known: {reason}", resource.noun(), resource.id),
            Some(NOT_KNOWN_HELP.to_owned()),
            resource.span,
        );
    })
    .ok()
}

/// `DeadLetterConfig.Arn` of a target.
fn dead_letter(properties: &Properties<'_>, map: &str, name: &str) -> Option<Arn> {
    properties.map(map)?.arn(name)
}

fn outputs(scope: &Scope<'_>) -> BTreeMap<String, String> {
    let mut outputs = BTreeMap::new();
    for entry in &scope.template.outputs {
        let condition = entry.node.get("Condition").and_then(|name| name.as_str());
        if condition.is_some_and(|name| scope.condition(name, entry.key_span) != Ok(true)) {
            continue;
        }
        if let Some(node) = entry.node.get("Value")
            && let value @ (Resolved::String(_) | Resolved::Number(_) | Resolved::Bool(_)) = scope.resolve(node).value
        {
            outputs.extend(value.text().map(|text| (entry.key.clone(), text)));
        }
    }
    outputs
}
