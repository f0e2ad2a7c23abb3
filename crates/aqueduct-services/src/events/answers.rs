//! The answers of the EventBridge and EventBridge Scheduler APIs, as their models name the fields.
//!
//! Source: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Operations.html>

use aqueduct_topology::Arn;
use serde::Serialize;

use super::api::{ReplayDestination, Target, epoch_seconds, optional_epoch_seconds};
use super::scheduler::{CreatedSchedule, ListedSchedules, ScheduleDescription};
use crate::Timestamp;

/// The answer to a [`super::Request`].
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Response {
    /// `CreateEventBus`.
    CreateEventBus(CreatedBus),
    /// `DescribeEventBus`.
    DescribeEventBus(BusDescription),
    /// `ListEventBuses`.
    ListEventBuses(ListedBuses),
    /// `PutRule`.
    PutRule(CreatedRule),
    /// `DescribeRule`.
    DescribeRule(RuleDescription),
    /// `ListRules`.
    ListRules(ListedRules),
    /// `PutTargets` and `RemoveTargets`: every target is taken, or none.
    Targets(FailedTargets),
    /// `ListTargetsByRule`.
    ListTargetsByRule(ListedTargets),
    /// `PutEvents`.
    PutEvents(PutResults),
    /// `TestEventPattern`.
    TestEventPattern(TestResult),
    /// `CreateArchive` and `UpdateArchive`.
    CreateArchive(CreatedArchive),
    /// `DescribeArchive`.
    DescribeArchive(ArchiveDescription),
    /// `ListArchives`.
    ListArchives(ListedArchives),
    /// `StartReplay`.
    StartReplay(StartedReplay),
    /// `CancelReplay`.
    CancelReplay(CancelledReplay),
    /// `DescribeReplay`.
    DescribeReplay(Box<ReplayDescription>),
    /// `ListReplays`.
    ListReplays(ListedReplays),
    /// `CreateSchedule` and `UpdateSchedule`.
    Schedule(CreatedSchedule),
    /// `GetSchedule`.
    GetSchedule(Box<ScheduleDescription>),
    /// `ListSchedules`.
    ListSchedules(ListedSchedules),
    /// The calls that answer nothing, whose body some protocols leave empty.
    Done {},
}

/// Answer of `CreateEventBus`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreatedBus {
    /// `EventBusArn`.
    pub event_bus_arn: Arn,
}

/// Answer of `DescribeEventBus`, and an item of `ListEventBuses`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BusDescription {
    /// `Name`.
    pub name: String,
    /// `Arn`.
    pub arn: Arn,
    /// `Description`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `CreationTime`.
    #[serde(serialize_with = "epoch_seconds")]
    pub creation_time: Timestamp,
}

/// Answer of `ListEventBuses`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListedBuses {
    /// `EventBuses`.
    pub event_buses: Vec<BusDescription>,
}

/// Answer of `PutRule`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreatedRule {
    /// `RuleArn`.
    pub rule_arn: Arn,
}

/// Answer of `DescribeRule`, and an item of `ListRules`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct RuleDescription {
    /// `Name`.
    pub name: String,
    /// `Arn`.
    pub arn: Arn,
    /// `EventBusName`.
    pub event_bus_name: String,
    /// `EventPattern`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_pattern: Option<String>,
    /// `ScheduleExpression`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule_expression: Option<String>,
    /// `State`.
    pub state: String,
    /// `Description`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `RoleArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<Arn>,
}

/// Answer of `ListRules`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListedRules {
    /// `Rules`.
    pub rules: Vec<RuleDescription>,
}

/// Answer of `PutTargets` and `RemoveTargets`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct FailedTargets {
    /// `FailedEntryCount`.
    pub failed_entry_count: usize,
    /// `FailedEntries`.
    pub failed_entries: Vec<String>,
}

/// Answer of `ListTargetsByRule`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListedTargets {
    /// `Targets`.
    pub targets: Vec<Target>,
}

/// Answer of `PutEvents`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutResults {
    /// `FailedEntryCount`.
    pub failed_entry_count: usize,
    /// `Entries`, in the order of the request.
    pub entries: Vec<PutResult>,
}

/// What became of an entry of `PutEvents`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged, rename_all_fields = "PascalCase")]
pub enum PutResult {
    /// The bus has it, if there is such a bus.
    Accepted {
        /// `EventId`.
        event_id: String,
    },
    /// It is not an event.
    Refused {
        /// `ErrorCode`.
        error_code: String,
        /// `ErrorMessage`.
        error_message: String,
    },
}

/// Answer of `TestEventPattern`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TestResult {
    /// `Result`.
    pub result: bool,
}

/// Answer of `CreateArchive` and `UpdateArchive`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreatedArchive {
    /// `ArchiveArn`.
    pub archive_arn: Arn,
    /// `State`.
    pub state: &'static str,
    /// `CreationTime`.
    #[serde(serialize_with = "epoch_seconds")]
    pub creation_time: Timestamp,
}

/// Answer of `DescribeArchive`, and an item of `ListArchives`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ArchiveDescription {
    /// `ArchiveArn`, of `DescribeArchive` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub archive_arn: Option<Arn>,
    /// `ArchiveName`.
    pub archive_name: String,
    /// `EventSourceArn`: the bus.
    pub event_source_arn: Arn,
    /// `Description`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `EventPattern`, of `DescribeArchive` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_pattern: Option<String>,
    /// `State`.
    pub state: &'static str,
    /// `RetentionDays`.
    pub retention_days: u32,
    /// `SizeBytes`.
    pub size_bytes: usize,
    /// `EventCount`.
    pub event_count: usize,
    /// `CreationTime`.
    #[serde(serialize_with = "epoch_seconds")]
    pub creation_time: Timestamp,
}

/// Answer of `ListArchives`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListedArchives {
    /// `Archives`.
    pub archives: Vec<ArchiveDescription>,
}

/// Answer of `StartReplay`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct StartedReplay {
    /// `ReplayArn`.
    pub replay_arn: Arn,
    /// `State`.
    pub state: &'static str,
    /// `ReplayStartTime`.
    #[serde(serialize_with = "epoch_seconds")]
    pub replay_start_time: Timestamp,
}

/// Answer of `CancelReplay`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CancelledReplay {
    /// `ReplayArn`.
    pub replay_arn: Arn,
    /// `State`.
    pub state: &'static str,
}

/// Answer of `DescribeReplay`, and an item of `ListReplays`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ReplayDescription {
    /// `ReplayName`.
    pub replay_name: String,
    /// `ReplayArn`, of `DescribeReplay` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replay_arn: Option<Arn>,
    /// `Description`, of `DescribeReplay` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `State`: `STARTING`, `RUNNING`, `CANCELLING`, `COMPLETED`, `CANCELLED` or `FAILED`.
    pub state: &'static str,
    /// `StateReason`: why it failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state_reason: Option<String>,
    /// `EventSourceArn`: the archive.
    pub event_source_arn: Arn,
    /// `Destination`, of `DescribeReplay` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination: Option<ReplayDestination>,
    /// `EventStartTime`.
    #[serde(serialize_with = "epoch_seconds")]
    pub event_start_time: Timestamp,
    /// `EventEndTime`.
    #[serde(serialize_with = "epoch_seconds")]
    pub event_end_time: Timestamp,
    /// `EventLastReplayedTime`: when the last event happened that was replayed.
    #[serde(serialize_with = "optional_epoch_seconds", skip_serializing_if = "Option::is_none")]
    pub event_last_replayed_time: Option<Timestamp>,
    /// `ReplayStartTime`.
    #[serde(serialize_with = "epoch_seconds")]
    pub replay_start_time: Timestamp,
    /// `ReplayEndTime`.
    #[serde(serialize_with = "optional_epoch_seconds", skip_serializing_if = "Option::is_none")]
    pub replay_end_time: Option<Timestamp>,
}

/// Answer of `ListReplays`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListedReplays {
    /// `Replays`.
    pub replays: Vec<ReplayDescription>,
}
