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

/// The reason for leaving a resource out when a part is not known; the diagnostic of that part says more.
const TOO_LITTLE_KNOWN: &str = "a part of it that it cannot do without is not known";

/// Keeps what was read, or that nothing could be.
fn keep<T>(scope: &Scope<'_>, resource: &Resource, read: Option<T>, all: &mut Vec<T>) {
    match read {
        Some(item) => all.push(item),
        None => scope.leave_out(resource, TOO_LITTLE_KNOWN),
    }
}

fn read(scope: &Scope<'_>, resource: &Resource, topology: &mut Topology) {
    match resource.kind.as_str() {
        "AWS::Lambda::Function" | "AWS::Serverless::Function" => {
            keep(scope, resource, function::read(scope, resource), &mut topology.functions);
        }
        "AWS::Lambda::EventSourceMapping" => match function::mapping(scope, resource) {
            Some(function::Source::Queue(mapping)) => topology.mappings.push(mapping),
            Some(function::Source::Stream(mapping)) => topology.streams.push(mapping),
            None => scope.leave_out(resource, TOO_LITTLE_KNOWN),
        },
        "AWS::Lambda::Permission" => {
            keep(scope, resource, function::permission(scope, resource), &mut topology.permissions);
        }
        "AWS::SQS::Queue" => keep(scope, resource, queue::read(scope, resource), &mut topology.queues),
        "AWS::SQS::QueuePolicy" | "AWS::SQS::QueueInlinePolicy" => {
            keep(scope, resource, queue::policy(scope, resource), &mut topology.policies);
        }
        "AWS::SNS::Topic" => topic::read(scope, resource, topology),
        "AWS::SNS::Subscription" => {
            keep(scope, resource, topic::subscription(scope, resource), &mut topology.subscriptions);
        }
        "AWS::SNS::TopicPolicy" | "AWS::SNS::TopicInlinePolicy" => {
            keep(scope, resource, topic::policy(scope, resource), &mut topology.policies);
        }
        "AWS::Events::EventBus" => keep(scope, resource, events::bus(scope, resource), &mut topology.buses),
        "AWS::Events::Rule" => keep(scope, resource, events::rule(scope, resource), &mut topology.rules),
        "AWS::Events::Archive" => keep(scope, resource, events::archive(scope, resource), &mut topology.archives),
        "AWS::Scheduler::Schedule" => keep(scope, resource, events::schedule(scope, resource), &mut topology.schedules),
        "AWS::DynamoDB::Table" => keep(scope, resource, storage::table(scope, resource), &mut topology.tables),
        "AWS::Serverless::SimpleTable" => {
            keep(scope, resource, storage::simple_table(scope, resource), &mut topology.tables);
        }
        "AWS::S3::Bucket" => storage::bucket(scope, resource, topology),
        "AWS::CloudWatch::Alarm" => topology.alarms.extend(alarm::read(scope, resource)),
        _ => read_beside(scope, resource, topology),
    }
}

/// What stands around the queues, topics, buses and functions.
fn read_beside(scope: &Scope<'_>, resource: &Resource, topology: &mut Topology) {
    match resource.kind.as_str() {
        "AWS::IAM::Role" => keep(scope, resource, role::read(scope, resource), &mut topology.roles),
        "AWS::KMS::Key" => keep(scope, resource, key::read(scope, resource), &mut topology.keys),
        "AWS::KMS::Alias" => keep(scope, resource, key::alias(scope, resource), &mut topology.key_aliases),
        "AWS::Events::EventBusPolicy" => topology.bus_policies.push(events::bus_policy(scope, resource)),
        "AWS::Lambda::Alias" => keep(scope, resource, function::alias(scope, resource), &mut topology.aliases),
        "AWS::Pipes::Pipe" => keep(scope, resource, pipe::read(scope, resource), &mut topology.pipes),
        "AWS::StepFunctions::StateMachine" | "AWS::Serverless::StateMachine" => {
            keep(scope, resource, state_machine::read(scope, resource), &mut topology.state_machines);
        }
        "AWS::SSM::Parameter" => {
            keep(scope, resource, storage::parameter(scope, resource), &mut topology.stored_parameters);
        }
        route::KIND => keep(scope, resource, route::read(scope, resource), &mut topology.routes),
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
