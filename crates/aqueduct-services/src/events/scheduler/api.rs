//! The calls of the EventBridge Scheduler API.

use std::collections::BTreeMap;

use aqueduct_topology::Arn;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Timestamp;
use crate::events::api::{DeadLetterConfig, RetryPolicy, SqsParameters, Tag, seconds};

/// Input of `CreateSchedule` and `UpdateSchedule`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct CreateSchedule {
    /// `Name`.
    pub name: String,
    /// `GroupName`; `default` when there is none.
    pub group_name: Option<String>,
    /// `ScheduleExpression`.
    pub schedule_expression: String,
    /// `ScheduleExpressionTimezone`; UTC when there is none.
    pub schedule_expression_timezone: Option<String>,
    /// `StartDate`.
    #[serde(deserialize_with = "seconds")]
    pub start_date: Option<Timestamp>,
    /// `EndDate`.
    #[serde(deserialize_with = "seconds")]
    pub end_date: Option<Timestamp>,
    /// `State`: `ENABLED`, the default, or `DISABLED`.
    pub state: Option<String>,
    /// `Description`.
    pub description: Option<String>,
    /// `KmsKeyArn`: kept, and not used.
    pub kms_key_arn: Option<String>,
    /// `FlexibleTimeWindow`. A schedule with a window runs some time within it.
    pub flexible_time_window: Option<FlexibleTimeWindow>,
    /// `ActionAfterCompletion`: `NONE`, the default, or `DELETE`.
    pub action_after_completion: Option<String>,
    /// `Target`.
    pub target: Option<ScheduleTarget>,
    /// `ClientToken`: a creation that is repeated with it succeeds.
    pub client_token: Option<String>,
}

/// When within a window a schedule may run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FlexibleTimeWindow {
    /// `Mode`: `OFF` or `FLEXIBLE`.
    pub mode: String,
    /// `MaximumWindowInMinutes`, 1 to 1,440.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub maximum_window_in_minutes: Option<u32>,
}

/// The target of a schedule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ScheduleTarget {
    /// `Arn` of a queue, topic, function or bus, or of a call, such as `arn:aws:scheduler:::aws-sdk:sqs:sendMessage`.
    pub arn: Arn,
    /// `RoleArn`.
    pub role_arn: Arn,
    /// `Input`; a default notification when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub input: Option<String>,
    /// `SqsParameters`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sqs_parameters: Option<SqsParameters>,
    /// `EventBridgeParameters`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event_bridge_parameters: Option<EventBridgeParameters>,
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

impl ScheduleTarget {
    /// A target with nothing set.
    pub fn new(arn: Arn, role_arn: Arn) -> Self {
        Self {
            arn,
            role_arn,
            input: None,
            sqs_parameters: None,
            event_bridge_parameters: None,
            dead_letter_config: None,
            retry_policy: None,
            other: BTreeMap::new(),
        }
    }
}

/// What makes an input an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct EventBridgeParameters {
    /// `DetailType`.
    pub detail_type: String,
    /// `Source`.
    pub source: String,
}

/// Input of the calls that name a schedule.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct NamedSchedule {
    /// `Name`.
    pub name: String,
    /// `GroupName`; `default` when there is none.
    pub group_name: Option<String>,
}

/// Input of `ListSchedules`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ListSchedules {
    /// `GroupName`: schedules of this group alone.
    pub group_name: Option<String>,
    /// `NamePrefix`.
    pub name_prefix: Option<String>,
    /// `State`.
    pub state: Option<String>,
    /// `MaxResults`, 1 to 100.
    pub max_results: Option<u32>,
    /// `NextToken`.
    pub next_token: Option<String>,
}

/// Input of `CreateScheduleGroup`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct CreateScheduleGroup {
    /// `Name`.
    pub name: String,
    /// `Tags`.
    pub tags: Vec<Tag>,
    /// `ClientToken`: a creation that is repeated with it succeeds.
    pub client_token: Option<String>,
}

/// Input of the calls that name a group of schedules.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct NamedScheduleGroup {
    /// `Name`.
    pub name: String,
}

/// Input of `ListScheduleGroups`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ListScheduleGroups {
    /// `NamePrefix`.
    pub name_prefix: Option<String>,
    /// `MaxResults`, 1 to 100.
    pub max_results: Option<u32>,
    /// `NextToken`.
    pub next_token: Option<String>,
}
