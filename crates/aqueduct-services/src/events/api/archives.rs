//! The calls about archives and replays.

use aqueduct_topology::Arn;
use serde::{Deserialize, Serialize};

use super::seconds;
use crate::Timestamp;

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
    /// `KmsKeyIdentifier`: kept, and not used.
    pub kms_key_identifier: Option<String>,
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
    /// `KmsKeyIdentifier`: kept, and not used.
    pub kms_key_identifier: Option<String>,
}

/// Input of the calls that name an archive.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct NamedArchive {
    /// `ArchiveName`.
    pub archive_name: String,
}

/// Input of `ListArchives`: one way to choose at most.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ListArchives {
    /// `NamePrefix`.
    pub name_prefix: Option<String>,
    /// `EventSourceArn`: the bus.
    pub event_source_arn: Option<Arn>,
    /// `State`.
    pub state: Option<String>,
    /// `Limit`, 1 to 100.
    pub limit: Option<u32>,
    /// `NextToken`.
    pub next_token: Option<String>,
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
    /// `Limit`, 1 to 100.
    pub limit: Option<u32>,
    /// `NextToken`.
    pub next_token: Option<String>,
}
