//! The events of SAM's functions and state machines as the mappings, subscriptions, rules and schedules that they stand for.
//!
//! Source: <https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-property-function-eventsource.html>

use std::rc::Rc;

use super::names::{ANY, API, RULE, S3, SCHEDULE, SCHEDULE_V2, SNS, SQS, STREAM};
use super::source::{Runs, Source};
use crate::node::{Entry, Node};
use crate::template::{Resource, misspelt};
use crate::{Diagnostic, Severity, suggest};

/// What kinds of events there are, and the properties that each may have.
const KINDS: [(&str, &[&str]); 23] = [
    ("SQS", SQS),
    ("SNS", SNS),
    ("EventBridgeRule", RULE),
    ("CloudWatchEvent", RULE),
    ("Schedule", SCHEDULE),
    ("ScheduleV2", SCHEDULE_V2),
    ("Kinesis", STREAM),
    ("DynamoDB", STREAM),
    ("DocumentDB", STREAM),
    ("MSK", STREAM),
    ("MQ", STREAM),
    ("SelfManagedKafka", STREAM),
    ("S3", S3),
    ("Api", API),
    ("HttpApi", API),
    ("WebSocketApi", ANY),
    ("AlexaSkill", ANY),
    ("CloudWatchLogs", ANY),
    ("Cognito", ANY),
    ("IoTRule", ANY),
    ("CloudWatch", ANY),
    ("EventBridgeBus", ANY),
    ("Lex", ANY),
];

/// Adds what `entry` of the `Events` of `owner` stands for.
pub(super) fn expand(
    owner: &Resource,
    runs: &Runs,
    entry: &Entry,
    generated: &mut Vec<Resource>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let span = entry.key_span;
    let kind = entry.node.get("Type").and_then(|kind| kind.as_str()).unwrap_or_default();
    let source = Source {
        owner,
        runs,
        id: format!("{}{}", owner.id, entry.key),
        properties: entry.node.get("Properties").cloned().unwrap_or_else(|| Node::map::<&str>([], span)),
        span,
    };
    let Some((_, known)) = KINDS.iter().find(|(name, _)| *name == kind) else {
        let near = suggest::nearest(kind, KINDS.into_iter().map(|(name, _)| name));
        diagnostics.push(Diagnostic {
            severity: Severity::Error,
            message: format!(
                "event `{}` of {} `{}` has no type that SAM knows: `{kind}`",
                entry.key,
                owner.noun(),
                owner.id
            ),
            help: near.map(|near| format!("did you mean `{near}`?")),
            span,
        });
        return;
    };
    for property in source.properties.entries().iter().filter(|_| !known.is_empty()) {
        if !known.contains(&property.key.as_str()) {
            let what = format!("event `{}` of {} `{}` has no property", entry.key, owner.noun(), owner.id);
            misspelt(diagnostics, &what, property, known.iter().copied());
        }
    }
    match kind {
        "SQS" => generated.push(source.mapping(&source.id, "Queue")),
        "SNS" => source.sns(generated),
        "EventBridgeRule" | "CloudWatchEvent" => {
            let names = [("EventBusName", "EventBusName"), ("Pattern", "EventPattern"), ("RuleName", "Name")];
            source.rule(&names, generated);
        }
        "Schedule" => source.rule(&[("Schedule", "ScheduleExpression"), ("Name", "Name")], generated),
        "ScheduleV2" => source.schedule(generated),
        "Kinesis" | "DynamoDB" | "MSK" => generated.push(source.mapping(&source.id, "Stream")),
        "MQ" => generated.push(source.mapping(&source.id, "Broker")),
        "DocumentDB" => generated.push(source.mapping(&source.id, "Cluster")),
        "SelfManagedKafka" => generated.push(source.self_managed_kafka()),
        "S3" => source.bucket(generated),
        "Api" => source.route("RestApiId", "ServerlessRestApi", generated),
        "HttpApi" => source.route("ApiId", "ServerlessHttpApi", generated),
        "AlexaSkill" => source.other("alexa-appkit.amazon.com", generated),
        "CloudWatchLogs" => source.other("logs.amazonaws.com", generated),
        "Cognito" => source.other("cognito-idp.amazonaws.com", generated),
        "IoTRule" => source.other("iot.amazonaws.com", generated),
        _ => {}
    }
}

/// The events that `properties` has.
pub(super) fn of(properties: &Rc<Node>) -> &[Entry] {
    properties.get("Events").map(|events| events.entries()).unwrap_or_default()
}
