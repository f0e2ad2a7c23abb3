//! Universal targets: calls of other services' APIs, made by a schedule.
//!
//! Those that hand a message on are modelled: `sqs:sendMessage`, `sns:publish`, `lambda:invoke` and
//! `eventbridge:putEvents`. Source:
//! <https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html>

use std::collections::BTreeMap;

use aqueduct_topology::Arn;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::api::ScheduleTarget;
use crate::events::bus::{bus_arn, bus_name};
use crate::events::refusals::invalid;
use crate::{ApiError, Handover, MessageAttributeValue, Site};

/// Where messages go, and which.
pub(super) type Messages = Vec<(Arn, Handover)>;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct SendMessage {
    queue_url: String,
    message_body: String,
    message_group_id: Option<String>,
    message_deduplication_id: Option<String>,
    #[serde(default)]
    message_attributes: BTreeMap<String, MessageAttributeValue>,
    #[serde(flatten)]
    other: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Publish {
    topic_arn: Arn,
    message: String,
    message_group_id: Option<String>,
    message_deduplication_id: Option<String>,
    #[serde(default)]
    message_attributes: BTreeMap<String, MessageAttributeValue>,
    #[serde(flatten)]
    other: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Invoke {
    function_name: String,
    invocation_type: Option<String>,
    payload: Option<Value>,
    #[serde(flatten)]
    other: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutEvents {
    entries: Vec<Entry>,
    #[serde(flatten)]
    other: BTreeMap<String, Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Entry {
    source: String,
    detail_type: String,
    detail: String,
    #[serde(default)]
    resources: Vec<String>,
    event_bus_name: Option<String>,
    #[serde(flatten)]
    other: BTreeMap<String, Value>,
}

/// Whether the call of a universal target can be made.
pub(super) fn check(site: &Site, target: &ScheduleTarget) -> Result<(), ApiError> {
    messages(site, &target.arn, target.input.as_deref().unwrap_or("{}")).map(drop)
}

/// The messages of a call, whose parameters are `input`.
pub(super) fn messages(site: &Site, call: &Arn, input: &str) -> Result<Messages, ApiError> {
    match call.resource() {
        "aws-sdk:sqs:sendMessage" => send_message(site, read(input)?),
        "aws-sdk:sns:publish" => publish(read(input)?),
        "aws-sdk:lambda:invoke" => invoke(site, read(input)?),
        "aws-sdk:eventbridge:putEvents" => put_events(site, read(input)?),
        _ => Err(ApiError::not_modelled(&format!("the universal target {call} of a schedule"))),
    }
}

fn read<T: DeserializeOwned>(input: &str) -> Result<T, ApiError> {
    serde_json::from_str(input).map_err(|error| invalid(format!("Invalid Input: it is not the call's: {error}")))
}

fn nothing_else(call: &str, other: &BTreeMap<String, Value>) -> Result<(), ApiError> {
    other.keys().next().map_or(Ok(()), |name| {
        Err(ApiError::not_modelled(&format!("{name} of {call} as a schedule's universal target")))
    })
}

fn send_message(site: &Site, call: SendMessage) -> Result<Messages, ApiError> {
    nothing_else("sqs:sendMessage", &call.other)?;
    let name = call.queue_url.rsplit('/').next().unwrap_or_default();
    let message = Handover {
        body: call.message_body,
        attributes: call.message_attributes,
        group: call.message_group_id,
        deduplication_id: call.message_deduplication_id,
        ..Handover::default()
    };
    Ok(vec![(site.arn("sqs", name), message)])
}

fn publish(call: Publish) -> Result<Messages, ApiError> {
    nothing_else("sns:publish", &call.other)?;
    let message = Handover {
        body: call.message,
        attributes: call.message_attributes,
        group: call.message_group_id,
        deduplication_id: call.message_deduplication_id,
        ..Handover::default()
    };
    Ok(vec![(call.topic_arn, message)])
}

fn invoke(site: &Site, call: Invoke) -> Result<Messages, ApiError> {
    nothing_else("lambda:invoke", &call.other)?;
    if call.invocation_type.as_deref() != Some("Event") {
        return Err(ApiError::not_modelled(
            "lambda:invoke as a schedule's universal target, but for InvocationType Event",
        ));
    }
    let function = match call.function_name.as_str() {
        arn if arn.starts_with("arn:") => Arn::new(arn),
        name => site.arn("lambda", &format!("function:{name}")),
    };
    let body = match call.payload {
        Some(Value::String(text)) => text,
        Some(value) => value.to_string(),
        None => "{}".to_owned(),
    };
    Ok(vec![(function, Handover { body, ..Handover::default() })])
}

fn put_events(site: &Site, call: PutEvents) -> Result<Messages, ApiError> {
    nothing_else("eventbridge:putEvents", &call.other)?;
    let event = |entry: Entry| {
        nothing_else("eventbridge:putEvents", &entry.other)?;
        let detail: Value = read(&entry.detail)?;
        let body = json!({
            "source": entry.source, "detail-type": entry.detail_type, "resources": entry.resources, "detail": detail,
        });
        let bus = bus_arn(site, bus_name(entry.event_bus_name.as_deref()));
        Ok((bus, Handover { body: body.to_string(), ..Handover::default() }))
    };
    call.entries.into_iter().map(event).collect()
}
