//! The calls about rules and their targets.

use std::collections::BTreeMap;

use aqueduct_topology::Arn;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Tag;

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
    /// `State`: `ENABLED`, the default, `DISABLED` or `ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS`.
    pub state: Option<String>,
    /// `Description`.
    pub description: Option<String>,
    /// `RoleArn`.
    pub role_arn: Option<Arn>,
    /// `Tags` of a new rule; those of an update are ignored.
    pub tags: Vec<Tag>,
}

/// Input of `DeleteRule`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct DeleteRule {
    /// `Name`.
    pub name: String,
    /// `EventBusName`, or the ARN; `default` when there is none.
    pub event_bus_name: Option<String>,
    /// `Force`: a rule that a service manages too.
    pub force: bool,
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

/// Input of `ListRules`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ListRules {
    /// `NamePrefix`.
    pub name_prefix: Option<String>,
    /// `EventBusName`, or the ARN; `default` when there is none.
    pub event_bus_name: Option<String>,
    /// `Limit`, 1 to 100.
    pub limit: Option<u32>,
    /// `NextToken`.
    pub next_token: Option<String>,
}

/// Input of `ListRuleNamesByTarget`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ListRuleNamesByTarget {
    /// `TargetArn`.
    pub target_arn: Option<Arn>,
    /// `EventBusName`, or the ARN; `default` when there is none.
    pub event_bus_name: Option<String>,
    /// `Limit`, 1 to 100.
    pub limit: Option<u32>,
    /// `NextToken`.
    pub next_token: Option<String>,
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct SqsParameters {
    /// `MessageGroupId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_group_id: Option<String>,
}

/// Where events go that could not be delivered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// `Force`: of a rule that a service manages too.
    pub force: bool,
}

/// Input of `ListTargetsByRule`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ListTargetsByRule {
    /// `Rule`.
    pub rule: String,
    /// `EventBusName`, or the ARN; `default` when there is none.
    pub event_bus_name: Option<String>,
    /// `Limit`, 1 to 100.
    pub limit: Option<u32>,
    /// `NextToken`.
    pub next_token: Option<String>,
}
