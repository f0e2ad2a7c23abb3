//! The calls of the EventBridge and EventBridge Scheduler APIs, as their models name the fields.
//!
//! Source: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Operations.html>

use std::collections::BTreeMap;

use aqueduct_topology::Arn;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::scheduler::{CreateSchedule, ListSchedules, NamedSchedule};
use crate::Timestamp;

/// A call of the API.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Request {
    /// `CreateEventBus`.
    CreateEventBus(CreateEventBus),
    /// `DeleteEventBus`.
    DeleteEventBus(NamedBus),
    /// `DescribeEventBus`.
    DescribeEventBus(NamedBus),
    /// `ListEventBuses`.
    ListEventBuses(List),
    /// `PutRule`.
    PutRule(PutRule),
    /// `DeleteRule`.
    DeleteRule(NamedRule),
    /// `DescribeRule`.
    DescribeRule(NamedRule),
    /// `ListRules`.
    ListRules(List),
    /// `EnableRule`.
    EnableRule(NamedRule),
    /// `DisableRule`.
    DisableRule(NamedRule),
    /// `PutTargets`.
    PutTargets(PutTargets),
    /// `RemoveTargets`.
    RemoveTargets(RemoveTargets),
    /// `ListTargetsByRule`.
    ListTargetsByRule(ListTargetsByRule),
    /// `PutEvents`.
    PutEvents(PutEvents),
    /// `TestEventPattern`.
    TestEventPattern(TestEventPattern),
    /// `CreateArchive`.
    CreateArchive(CreateArchive),
    /// `DeleteArchive`.
    DeleteArchive(NamedArchive),
    /// `DescribeArchive`.
    DescribeArchive(NamedArchive),
    /// `ListArchives`.
    ListArchives(List),
    /// `UpdateArchive`.
    UpdateArchive(UpdateArchive),
    /// `StartReplay`.
    StartReplay(StartReplay),
    /// `CancelReplay`.
    CancelReplay(NamedReplay),
    /// `DescribeReplay`.
    DescribeReplay(NamedReplay),
    /// `ListReplays`.
    ListReplays(ListReplays),
    /// EventBridge Scheduler's `CreateSchedule`.
    CreateSchedule(Box<CreateSchedule>),
    /// EventBridge Scheduler's `UpdateSchedule`, which replaces the whole schedule.
    UpdateSchedule(Box<CreateSchedule>),
    /// EventBridge Scheduler's `GetSchedule`.
    GetSchedule(NamedSchedule),
    /// EventBridge Scheduler's `DeleteSchedule`.
    DeleteSchedule(NamedSchedule),
    /// EventBridge Scheduler's `ListSchedules`.
    ListSchedules(ListSchedules),
}

/// Input of `CreateEventBus`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct CreateEventBus {
    /// `Name`.
    pub name: String,
    /// `Description`.
    pub description: Option<String>,
}

/// Input of the calls that name a bus, or answer about the default one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct NamedBus {
    /// `Name`, or the ARN.
    pub name: Option<String>,
}

/// Input of the calls that list.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct List {
    /// `NamePrefix`.
    pub name_prefix: Option<String>,
    /// `EventBusName`, of `ListRules` only; `default` when there is none.
    pub event_bus_name: Option<String>,
}

/// Input of `PutRule`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PutRule {
    /// `Name`.
    pub name: String,
    /// `EventBusName`, or the ARN; `default` when there is none.
    pub event_bus_name: Option<String>,
    /// `EventPattern`, JSON text.
    pub event_pattern: Option<String>,
    /// `ScheduleExpression`.
    pub schedule_expression: Option<String>,
    /// `State`: `ENABLED`, the default, or `DISABLED`.
    pub state: Option<String>,
    /// `Description`.
    pub description: Option<String>,
    /// `RoleArn`.
    pub role_arn: Option<Arn>,
}

/// Input of the calls that name a rule.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct NamedRule {
    /// `Name`.
    pub name: String,
    /// `EventBusName`, or the ARN; `default` when there is none.
    pub event_bus_name: Option<String>,
}

/// Input of `PutTargets`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PutTargets {
    /// `Rule`.
    pub rule: String,
    /// `EventBusName`, or the ARN; `default` when there is none.
    pub event_bus_name: Option<String>,
    /// `Targets`.
    pub targets: Vec<Target>,
}

/// A target of a rule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Target {
    /// `Id`.
    pub id: String,
    /// `Arn`.
    pub arn: Arn,
    /// `RoleArn`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<Arn>,
    /// `Input`: JSON text sent instead of the event.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// `InputPath`: the part of the event that is sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_path: Option<String>,
    /// `InputTransformer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input_transformer: Option<InputTransformer>,
    /// `SqsParameters`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sqs_parameters: Option<SqsParameters>,
    /// `DeadLetterConfig`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dead_letter_config: Option<DeadLetterConfig>,
    /// `RetryPolicy`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_policy: Option<RetryPolicy>,
    /// Settings of targets that are not modelled: refused by name.
    #[serde(flatten)]
    pub other: BTreeMap<String, Value>,
}

impl Target {
    /// A target with nothing set.
    pub fn new(id: impl Into<String>, arn: Arn) -> Self {
        Self {
            id: id.into(),
            arn,
            role_arn: None,
            input: None,
            input_path: None,
            input_transformer: None,
            sqs_parameters: None,
            dead_letter_config: None,
            retry_policy: None,
            other: BTreeMap::new(),
        }
    }
}

/// How an event is made into a target's input.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct InputTransformer {
    /// `InputPathsMap`: variables and the paths to their values.
    pub input_paths_map: BTreeMap<String, String>,
    /// `InputTemplate`.
    pub input_template: String,
}

/// How a message goes to a FIFO queue.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct SqsParameters {
    /// `MessageGroupId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_group_id: Option<String>,
}

/// Where events go that could not be delivered.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DeadLetterConfig {
    /// `Arn` of a standard queue.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arn: Option<Arn>,
}

/// How long a delivery is tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct RetryPolicy {
    /// `MaximumRetryAttempts`, 0 to 185; 185 is the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_retry_attempts: Option<u32>,
    /// `MaximumEventAgeInSeconds`, 60 to 86,400; 86,400 is the default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maximum_event_age_in_seconds: Option<u32>,
}

/// Input of `RemoveTargets`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct RemoveTargets {
    /// `Rule`.
    pub rule: String,
    /// `EventBusName`, or the ARN; `default` when there is none.
    pub event_bus_name: Option<String>,
    /// `Ids`.
    pub ids: Vec<String>,
}

/// Input of `ListTargetsByRule`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ListTargetsByRule {
    /// `Rule`.
    pub rule: String,
    /// `EventBusName`, or the ARN; `default` when there is none.
    pub event_bus_name: Option<String>,
}

/// Input of `PutEvents`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PutEvents {
    /// `Entries`.
    pub entries: Vec<Entry>,
    /// `EndpointId` of a global endpoint: not modelled.
    pub endpoint_id: Option<String>,
}

/// An event to put.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Entry {
    /// `Time`; now when there is none.
    #[serde(deserialize_with = "seconds")]
    pub time: Option<Timestamp>,
    /// `Source`.
    pub source: Option<String>,
    /// `Resources`.
    pub resources: Vec<String>,
    /// `DetailType`.
    pub detail_type: Option<String>,
    /// `Detail`, JSON text.
    pub detail: Option<String>,
    /// `EventBusName`, or the ARN; `default` when there is none.
    pub event_bus_name: Option<String>,
}

/// Input of `TestEventPattern`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct TestEventPattern {
    /// `EventPattern`, JSON text.
    pub event_pattern: String,
    /// `Event`, JSON text.
    pub event: String,
}

/// Input of `CreateArchive`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct CreateArchive {
    /// `ArchiveName`.
    pub archive_name: String,
    /// `EventSourceArn`: the bus.
    pub event_source_arn: Option<Arn>,
    /// `EventPattern`, JSON text; none keeps every event.
    pub event_pattern: Option<String>,
    /// `RetentionDays`; 0, the default, keeps for ever.
    pub retention_days: u32,
    /// `Description`.
    pub description: Option<String>,
}

/// Input of `UpdateArchive`: what is not there stays as it is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct UpdateArchive {
    /// `ArchiveName`.
    pub archive_name: String,
    /// `Description`.
    pub description: Option<String>,
    /// `EventPattern`, JSON text.
    pub event_pattern: Option<String>,
    /// `RetentionDays`; 0 keeps for ever.
    pub retention_days: Option<u32>,
}

/// Input of `StartReplay`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct StartReplay {
    /// `ReplayName`.
    pub replay_name: String,
    /// `Description`.
    pub description: Option<String>,
    /// `EventSourceArn`: the archive.
    pub event_source_arn: Option<Arn>,
    /// `EventStartTime`: events of this time and later are replayed.
    #[serde(deserialize_with = "seconds")]
    pub event_start_time: Option<Timestamp>,
    /// `EventEndTime`: events of before this time are replayed.
    #[serde(deserialize_with = "seconds")]
    pub event_end_time: Option<Timestamp>,
    /// `Destination`.
    pub destination: Option<ReplayDestination>,
}

/// Where a replay sends its events.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ReplayDestination {
    /// `Arn`: the bus that the archive keeps the events of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arn: Option<Arn>,
    /// `FilterArns`: the rules that get the events; none names them all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub filter_arns: Vec<Arn>,
}

/// Input of the calls that name a replay.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct NamedReplay {
    /// `ReplayName`.
    pub replay_name: String,
}

/// Input of `ListReplays`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ListReplays {
    /// `NamePrefix`.
    pub name_prefix: Option<String>,
    /// `State`.
    pub state: Option<String>,
    /// `EventSourceArn`: the archive.
    pub event_source_arn: Option<Arn>,
}

/// Input of the calls that name an archive.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct NamedArchive {
    /// `ArchiveName`.
    pub archive_name: String,
}

/// Writes a time as both JSON protocols do: seconds since the epoch, with fractions.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands fields over by reference")]
pub(super) fn epoch_seconds<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    #[expect(clippy::cast_precision_loss, reason = "milliseconds of this millennium are far below 2^52")]
    let seconds = at.as_millis() as f64 / 1000.0;
    serializer.serialize_f64(seconds)
}

/// Writes a time as [`epoch_seconds`] does; fields without one are skipped.
#[expect(clippy::ref_option, reason = "serde hands fields over by reference")]
pub(super) fn optional_epoch_seconds<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => epoch_seconds(at, serializer),
        None => serializer.serialize_none(),
    }
}

/// Reads what [`epoch_seconds`] writes. Finer fractions are cut off, as a clock of milliseconds cuts them off, so that
/// what was earlier for a caller is not later here.
pub(super) fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
    let timestamp = |seconds: f64| Timestamp::from_millis((seconds * 1_000_000.0).round() as u64 / 1000);
    Ok(Option::<f64>::deserialize(deserializer)?.map(timestamp))
}
