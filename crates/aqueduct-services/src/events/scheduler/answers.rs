//! The answers of the EventBridge Scheduler API.

use aqueduct_topology::Arn;
use serde::Serialize;

use super::api::{FlexibleTimeWindow, ScheduleTarget};
use crate::Timestamp;
use crate::events::api::{epoch_seconds, optional_epoch_seconds};

/// Answer of `CreateSchedule` and `UpdateSchedule`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreatedSchedule {
    /// `ScheduleArn`.
    pub schedule_arn: Arn,
}

/// Answer of `GetSchedule`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ScheduleDescription {
    /// `Arn`.
    pub arn: Arn,
    /// `Name`.
    pub name: String,
    /// `GroupName`.
    pub group_name: String,
    /// `ScheduleExpression`.
    pub schedule_expression: String,
    /// `ScheduleExpressionTimezone`.
    pub schedule_expression_timezone: String,
    /// `StartDate`.
    #[serde(serialize_with = "optional_epoch_seconds", skip_serializing_if = "Option::is_none")]
    pub start_date: Option<Timestamp>,
    /// `EndDate`.
    #[serde(serialize_with = "optional_epoch_seconds", skip_serializing_if = "Option::is_none")]
    pub end_date: Option<Timestamp>,
    /// `State`.
    pub state: String,
    /// `Description`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `KmsKeyArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key_arn: Option<String>,
    /// `FlexibleTimeWindow`.
    pub flexible_time_window: FlexibleTimeWindow,
    /// `ActionAfterCompletion`.
    pub action_after_completion: String,
    /// `Target`, with the retry policy that holds.
    pub target: ScheduleTarget,
    /// `CreationDate`.
    #[serde(serialize_with = "epoch_seconds")]
    pub creation_date: Timestamp,
    /// `LastModificationDate`.
    #[serde(serialize_with = "epoch_seconds")]
    pub last_modification_date: Timestamp,
}

/// Answer of `ListSchedules`.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListedSchedules {
    /// `Schedules`.
    pub schedules: Vec<ListedSchedule>,
    /// `NextToken`, when there are more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// An item of `ListSchedules`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListedSchedule {
    /// `Arn`.
    pub arn: Arn,
    /// `Name`.
    pub name: String,
    /// `GroupName`.
    pub group_name: String,
    /// `State`.
    pub state: String,
    /// `Target`.
    pub target: ListedTarget,
    /// `CreationDate`.
    #[serde(serialize_with = "epoch_seconds")]
    pub creation_date: Timestamp,
    /// `LastModificationDate`.
    #[serde(serialize_with = "epoch_seconds")]
    pub last_modification_date: Timestamp,
}

/// The target of an item of `ListSchedules`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListedTarget {
    /// `Arn`.
    pub arn: Arn,
}

/// Answer of `CreateScheduleGroup`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreatedScheduleGroup {
    /// `ScheduleGroupArn`.
    pub schedule_group_arn: Arn,
}

/// Answer of `GetScheduleGroup`, and an item of `ListScheduleGroups`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ScheduleGroupDescription {
    /// `Arn`.
    pub arn: Arn,
    /// `Name`.
    pub name: String,
    /// `State`: `ACTIVE`, as a group that is deleted is gone at once.
    pub state: String,
    /// `CreationDate`.
    #[serde(serialize_with = "epoch_seconds")]
    pub creation_date: Timestamp,
    /// `LastModificationDate`.
    #[serde(serialize_with = "epoch_seconds")]
    pub last_modification_date: Timestamp,
}

/// Answer of `ListScheduleGroups`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListedScheduleGroups {
    /// `ScheduleGroups`.
    pub schedule_groups: Vec<ScheduleGroupDescription>,
    /// `NextToken`, when there are more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}
