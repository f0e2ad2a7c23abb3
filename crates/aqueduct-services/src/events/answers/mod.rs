//! The answers of the EventBridge and EventBridge Scheduler APIs, as their models name the fields.
//!
//! Source: <https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Operations.html>

use aqueduct_topology::Arn;
use serde::Serialize;
use serde_json::Value;

use super::api::{DeadLetterConfig, Tag, Target, epoch_seconds};
use super::scheduler::{
    CreatedSchedule, CreatedScheduleGroup, ListedScheduleGroups, ListedSchedules, ScheduleDescription,
    ScheduleGroupDescription,
};
use crate::Timestamp;

mod archives;

pub use archives::{
    ArchiveDescription, CancelledReplay, CreatedArchive, ListedArchives, ListedReplays, ReplayDescription,
    StartedReplay,
};

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
    /// `UpdateEventBus`.
    UpdateEventBus(UpdatedBus),
    /// `ListTagsForResource`, of either service.
    Tags(Tags),
    /// `PutRule`.
    PutRule(CreatedRule),
    /// `DescribeRule`.
    DescribeRule(RuleDescription),
    /// `ListRules`.
    ListRules(ListedRules),
    /// `ListRuleNamesByTarget`.
    ListRuleNamesByTarget(ListedRuleNames),
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
    /// `CreateScheduleGroup`.
    ScheduleGroup(CreatedScheduleGroup),
    /// `GetScheduleGroup`.
    GetScheduleGroup(ScheduleGroupDescription),
    /// `ListScheduleGroups`.
    ListScheduleGroups(ListedScheduleGroups),
    /// The calls that answer nothing, whose body some protocols leave empty.
    Done {},
}

/// Answer of `CreateEventBus`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreatedBus {
    /// `EventBusArn`.
    pub event_bus_arn: Arn,
    /// What the bus keeps of its creation.
    #[serde(flatten)]
    pub settings: BusSettings,
}

/// Answer of `UpdateEventBus`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdatedBus {
    /// `Arn`.
    pub arn: Arn,
    /// `Name`.
    pub name: String,
    /// What the bus keeps of the update.
    #[serde(flatten)]
    pub settings: BusSettings,
}

/// What a bus is told and answers again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BusSettings {
    /// `Description`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `KmsKeyIdentifier`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key_identifier: Option<String>,
    /// `DeadLetterConfig`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub dead_letter_config: Option<DeadLetterConfig>,
    /// `LogConfig`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_config: Option<Value>,
}

/// Answer of `DescribeEventBus`, and an item of `ListEventBuses`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct BusDescription {
    /// `Name`.
    pub name: String,
    /// `Arn`.
    pub arn: Arn,
    /// What the bus was told; of `DescribeEventBus` all of it, in a list the description alone.
    #[serde(flatten)]
    pub settings: BusSettings,
    /// `Policy`, JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
    /// `CreationTime`.
    #[serde(serialize_with = "epoch_seconds")]
    pub creation_time: Timestamp,
    /// `LastModifiedTime`.
    #[serde(serialize_with = "epoch_seconds")]
    pub last_modified_time: Timestamp,
}

/// Answer of `ListEventBuses`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListedBuses {
    /// `EventBuses`.
    pub event_buses: Vec<BusDescription>,
    /// `NextToken`, when there are more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// Answer of `ListTagsForResource`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tags {
    /// `Tags`, by key.
    pub tags: Vec<Tag>,
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
    /// `ManagedBy`: the service that made the rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub managed_by: Option<String>,
    /// `CreatedBy`: the account, of `DescribeRule` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<String>,
}

/// Answer of `ListRules`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListedRules {
    /// `Rules`.
    pub rules: Vec<RuleDescription>,
    /// `NextToken`, when there are more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// Answer of `ListRuleNamesByTarget`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListedRuleNames {
    /// `RuleNames`.
    pub rule_names: Vec<String>,
    /// `NextToken`, when there are more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
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
    /// `NextToken`, when there are more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
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
