//! EventBridge buses, rules and archives, and Scheduler's schedules.

use std::time::Duration;

use serde_json::json;

use super::{dead_letter, named};
use crate::properties::Properties;
use crate::scope::Scope;
use crate::template::Resource;
use crate::{Archive, Arn, Bus, ResourcePolicy, Rule, Schedule, Span, Target, Topology};

/// Source: <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html>
const RETRIES_DEFAULT: u32 = 185;
const AGE_DEFAULT: Duration = Duration::from_hours(24);

const RULE: &[&str] = &[
    "Description",
    "EventBusName",
    "EventPattern",
    "Name",
    "RoleArn",
    "ScheduleExpression",
    "State",
    "Tags",
    "Targets",
];
const SCHEDULE: &[&str] = &[
    "Description",
    "EndDate",
    "FlexibleTimeWindow",
    "GroupName",
    "KmsKeyArn",
    "Name",
    "ScheduleExpression",
    "ScheduleExpressionTimezone",
    "StartDate",
    "State",
    "Target",
];

pub(super) fn bus(scope: &Scope<'_>, resource: &Resource) -> Option<Bus> {
    let (name, arn) = named(scope, resource)?;
    let properties = Properties::new(scope, resource);
    Some(Bus {
        id: resource.id.clone(),
        name,
        arn,
        kms_key: properties.string_if_known("KmsKeyIdentifier"),
        dead_letter: dead_letter(&properties, "DeadLetterConfig", "Arn"),
        span: resource.span,
    })
}

/// A statement of a bus's policy, as a policy with one statement.
pub(super) fn bus_policy(scope: &Scope<'_>, resource: &Resource) -> ResourcePolicy {
    let properties = Properties::new(scope, resource);
    let bus = bus_arn(scope, properties.string("EventBusName").as_deref());
    if let Some(document) = properties.document("PolicyDocument") {
        return ResourcePolicy { id: resource.id.clone(), resources: vec![bus], document, span: resource.span };
    }
    let statement = properties.json_if_known("Statement").unwrap_or_else(|| {
        json!({
            "Effect": "Allow",
            "Action": properties.json_if_known("Action"),
            "Principal": { "AWS": properties.json_if_known("Principal") },
            "Resource": bus.as_str(),
        })
    });
    let statements = if statement.is_array() { statement } else { json!([statement]) };
    let document = json!({ "Version": "2012-10-17", "Statement": statements });
    ResourcePolicy { id: resource.id.clone(), resources: vec![bus], document, span: resource.span }
}

fn bus_arn(scope: &Scope<'_>, name_or_arn: Option<&str>) -> Arn {
    let name = name_or_arn.unwrap_or("default");
    if name.starts_with("arn:") {
        return Arn::new(name);
    }
    let (region, account) = (&scope.deployment.region, &scope.deployment.account);
    Arn::new(format!("arn:{}:events:{region}:{account}:event-bus/{name}", scope.partition()))
}

/// Adds the account's own bus when a rule or an archive is on it.
pub(super) fn add_default_bus(scope: &Scope<'_>, topology: &mut Topology) {
    let arn = bus_arn(scope, None);
    let mut used = topology.rules.iter().map(|rule| &rule.bus).chain(topology.archives.iter().map(|kept| &kept.bus));
    if used.any(|bus| *bus == arn) {
        topology.buses.push(Bus {
            id: "default".to_owned(),
            name: "default".to_owned(),
            arn,
            kms_key: None,
            dead_letter: None,
            span: Span::default(),
        });
    }
}

pub(super) fn rule(scope: &Scope<'_>, resource: &Resource) -> Option<Rule> {
    let (name, arn) = named(scope, resource)?;
    let properties = Properties::new(scope, resource);
    properties.expect(resource, RULE);
    let written = properties.maps("Targets");
    let targets: Vec<Target> = written.iter().filter_map(|properties| target(properties, &resource.id)).collect();
    Some(Rule {
        id: resource.id.clone(),
        name,
        arn,
        bus: bus_arn(scope, properties.string("EventBusName").as_deref()),
        pattern: properties.json("EventPattern"),
        schedule: properties.string("ScheduleExpression"),
        enabled: properties.string("State").as_deref() != Some("DISABLED"),
        unknown_targets: written.len() - targets.len(),
        targets,
        span: resource.span,
    })
}

fn target(properties: &Properties<'_>, owner: &str) -> Option<Target> {
    let event = properties.map("EventBridgeParameters");
    let event = event.and_then(|event| Some((event.string("Source")?, event.string("DetailType")?)));
    let retry = properties.map("RetryPolicy");
    let retry = |name: &str| retry.as_ref().and_then(|retry| retry.number(name));
    Some(Target {
        id: properties.string("Id").unwrap_or_else(|| owner.to_owned()),
        arn: properties.required_arn("Arn")?,
        role: properties.arn("RoleArn"),
        input: properties.string("Input"),
        input_path: properties.string("InputPath"),
        input_transformer: properties.json("InputTransformer"),
        group: properties.map("SqsParameters").and_then(|parameters| parameters.string("MessageGroupId")),
        event,
        retries_max: retry("MaximumRetryAttempts").unwrap_or(RETRIES_DEFAULT),
        age_max: retry("MaximumEventAgeInSeconds").map_or(AGE_DEFAULT, |seconds| Duration::from_secs(seconds.into())),
        dead_letter: dead_letter(properties, "DeadLetterConfig", "Arn"),
        span: properties.span(),
    })
}

pub(super) fn schedule(scope: &Scope<'_>, resource: &Resource) -> Option<Schedule> {
    let (name, arn) = named(scope, resource)?;
    let properties = Properties::new(scope, resource);
    properties.expect(resource, SCHEDULE);
    Some(Schedule {
        id: resource.id.clone(),
        name,
        arn,
        expression: properties.required("ScheduleExpression")?,
        time_zone: properties.string("ScheduleExpressionTimezone"),
        group: properties.string("GroupName"),
        start: properties.string("StartDate"),
        end: properties.string("EndDate"),
        window_minutes: properties.map("FlexibleTimeWindow").and_then(|it| it.number("MaximumWindowInMinutes")),
        enabled: properties.string("State").as_deref() != Some("DISABLED"),
        target: target(&properties.map("Target")?, &resource.id)?,
        span: resource.span,
    })
}

pub(super) fn archive(scope: &Scope<'_>, resource: &Resource) -> Option<Archive> {
    let (name, _) = named(scope, resource)?;
    let properties = Properties::new(scope, resource);
    Some(Archive {
        id: resource.id.clone(),
        name,
        bus: properties.required_arn("SourceArn")?,
        pattern: properties.json("EventPattern"),
        retention_days: properties.number("RetentionDays").unwrap_or(0),
        span: resource.span,
    })
}
