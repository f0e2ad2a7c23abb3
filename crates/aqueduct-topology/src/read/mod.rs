//! Resources to topology: one file per service.

mod alarm;
mod events;
mod function;
mod key;
mod known;
mod notification;
mod pipe;
mod queue;
mod role;
pub(crate) mod route;
mod state_machine;
mod storage;
mod stream;
mod topic;

use crate::properties::{NOT_KNOWN_HELP, Properties};
use crate::scope::Scope;
use crate::template::Resource;
use crate::{Arn, Severity, Topology, identity};

/// Reads every resource that the deployment has.
pub(crate) fn topology(scope: &Scope<'_>) -> Topology {
    let mut topology = Topology::default();
    for resource in scope.template.resources.iter().filter(|resource| exists(scope, resource)) {
        read(scope, resource, &mut topology);
        scope.work_out_quietly(resource);
    }
    function::attach(scope, &mut topology);
    role::attach(scope, &mut topology);
    events::add_default_bus(scope, &mut topology);
    outputs(scope, &mut topology);
    topology.undecided = scope.take_undecided();
    topology
}

/// Whether the resource's condition holds; one that is unknown leaves the resource out.
fn exists(scope: &Scope<'_>, resource: &Resource) -> bool {
    let Some(condition) = &resource.condition else { return true };
    scope.condition(condition, resource.span).unwrap_or_else(|reason| {
        scope.leave_out(resource, &reason);
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
        "AWS::Lambda::EventSourceMapping" => match function::mapping(scope, resource) {
            Some(function::Source::Queue(mapping)) => topology.mappings.push(mapping),
            Some(function::Source::Stream(mapping)) => topology.streams.push(mapping),
            None => scope.leave_out(resource, "its source or function is not known"),
        },
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
        "AWS::S3::Bucket" => storage::bucket(scope, resource, topology),
        "AWS::CloudWatch::Alarm" => topology.alarms.extend(alarm::read(scope, resource)),
        _ => read_beside(scope, resource, topology),
    }
}

/// What stands around the queues, topics, buses and functions.
fn read_beside(scope: &Scope<'_>, resource: &Resource, topology: &mut Topology) {
    match resource.kind.as_str() {
        "AWS::IAM::Role" => topology.roles.extend(role::read(scope, resource)),
        "AWS::KMS::Key" => topology.keys.extend(key::read(scope, resource)),
        "AWS::KMS::Alias" => topology.key_aliases.extend(key::alias(scope, resource)),
        "AWS::Events::EventBusPolicy" => topology.bus_policies.extend(events::bus_policy(scope, resource)),
        "AWS::Lambda::Alias" => topology.aliases.extend(function::alias(scope, resource)),
        "AWS::Pipes::Pipe" => topology.pipes.extend(pipe::read(scope, resource)),
        "AWS::StepFunctions::StateMachine" | "AWS::Serverless::StateMachine" => {
            topology.state_machines.extend(state_machine::read(scope, resource));
        }
        "AWS::SSM::Parameter" => topology.stored_parameters.extend(storage::parameter(scope, resource)),
        route::KIND => topology.routes.extend(route::read(scope, resource)),
        // Read once every function and role is there, in `function::attach` and `role::attach`.
        "AWS::Lambda::Url" | "AWS::Lambda::EventInvokeConfig" => {}
        _ => known::warn_of_unread(scope, resource),
    }
}

/// Physical name and ARN; a resource without a known one is passed over.
fn named(scope: &Scope<'_>, resource: &Resource) -> Option<(String, Arn)> {
    let both = identity::name(scope, resource).and_then(|name| Ok((name, identity::arn(scope, resource)?)));
    both.inspect_err(|reason| {
        scope.leave_out(resource, reason);
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

fn outputs(scope: &Scope<'_>, topology: &mut Topology) {
    for entry in &scope.template.outputs {
        let condition = entry.node.get("Condition").and_then(|name| name.as_str());
        if condition.is_some_and(|name| scope.condition(name, entry.key_span) != Ok(true)) {
            continue;
        }
        let Some(value) = entry.node.get("Value").and_then(|node| scope.resolve(node).value.text()) else { continue };
        let export = entry.node.get("Export").and_then(|export| export.get("Name"));
        if let Some(name) = export.and_then(|name| scope.resolve(name).value.text()) {
            topology.exports.insert(name, value.clone());
        }
        topology.outputs.insert(entry.key.clone(), value);
    }
}
