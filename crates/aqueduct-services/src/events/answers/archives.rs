//! The answers about archives and replays.

use aqueduct_topology::Arn;
use serde::Serialize;

use crate::Timestamp;
use crate::events::api::{ReplayDestination, epoch_seconds, optional_epoch_seconds};

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
    /// `KmsKeyIdentifier`, of `DescribeArchive` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key_identifier: Option<String>,
    /// `RetentionDays`.
    pub retention_days: u32,
    /// `SizeBytes`.
    pub size_bytes: u64,
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
    /// `NextToken`, when there are more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
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
    /// `NextToken`, when there are more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}
