//! The calls about buses, their policies and tags.

use aqueduct_topology::Arn;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::DeadLetterConfig;

/// Input of `CreateEventBus`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct CreateEventBus {
    /// `Name`.
    pub name: String,
    /// `EventSourceName` of a partner: not modelled.
    pub event_source_name: Option<String>,
    /// `Description`.
    pub description: Option<String>,
    /// `KmsKeyIdentifier`: kept, and not used.
    pub kms_key_identifier: Option<String>,
    /// `DeadLetterConfig`, for events that cannot be encrypted: kept, as nothing is encrypted.
    pub dead_letter_config: Option<DeadLetterConfig>,
    /// `LogConfig`: kept, and not used.
    pub log_config: Option<Value>,
    /// `Tags`.
    pub tags: Vec<Tag>,
}

/// Input of `UpdateEventBus`: what is not there is taken away.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct UpdateEventBus {
    /// `Name`; `default` when there is none.
    pub name: Option<String>,
    /// `Description`.
    pub description: Option<String>,
    /// `KmsKeyIdentifier`: kept, and not used.
    pub kms_key_identifier: Option<String>,
    /// `DeadLetterConfig`: kept, as nothing is encrypted.
    pub dead_letter_config: Option<DeadLetterConfig>,
    /// `LogConfig`: kept, and not used.
    pub log_config: Option<Value>,
}

/// Input of the calls that name a bus, or answer about the default one.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct NamedBus {
    /// `Name`, or the ARN.
    pub name: Option<String>,
}

/// Input of `ListEventBuses`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ListEventBuses {
    /// `NamePrefix`.
    pub name_prefix: Option<String>,
    /// `Limit`, 1 to 100.
    pub limit: Option<u32>,
    /// `NextToken`.
    pub next_token: Option<String>,
}

/// Input of `PutPermission`: a whole policy, or the parts of one statement.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct PutPermission {
    /// `EventBusName`; `default` when there is none.
    pub event_bus_name: Option<String>,
    /// `Action`: `events:PutEvents`.
    pub action: Option<String>,
    /// `Principal`: an account's twelve digits, or `*`.
    pub principal: Option<String>,
    /// `StatementId`.
    pub statement_id: Option<String>,
    /// `Condition`.
    pub condition: Option<Condition>,
    /// `Policy`, JSON text.
    pub policy: Option<String>,
}

/// What a statement asks for besides its principal.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct Condition {
    /// `Type`, such as `StringEquals`.
    #[serde(rename = "Type")]
    pub operator: String,
    /// `Key`, such as `aws:PrincipalOrgID`.
    pub key: String,
    /// `Value`.
    pub value: String,
}

/// Input of `RemovePermission`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct RemovePermission {
    /// `StatementId`.
    pub statement_id: Option<String>,
    /// `RemoveAllPermissions`.
    pub remove_all_permissions: bool,
    /// `EventBusName`; `default` when there is none.
    pub event_bus_name: Option<String>,
}

/// A tag.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    /// `Key`.
    pub key: String,
    /// `Value`.
    pub value: String,
}

/// Input of `TagResource`, of either service.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TagResource {
    /// `ResourceARN`.
    #[serde(rename = "ResourceARN", alias = "ResourceArn")]
    pub resource: Arn,
    /// `Tags`.
    #[serde(default)]
    pub tags: Vec<Tag>,
}

/// Input of `UntagResource`, of either service.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UntagResource {
    /// `ResourceARN`.
    #[serde(rename = "ResourceARN", alias = "ResourceArn")]
    pub resource: Arn,
    /// `TagKeys`.
    #[serde(default)]
    pub tag_keys: Vec<String>,
}

/// Input of `ListTagsForResource`, of either service.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTags {
    /// `ResourceARN`.
    #[serde(rename = "ResourceARN", alias = "ResourceArn")]
    pub resource: Arn,
}
