//! `PutEvents` and `TestEventPattern`.

use serde::Deserialize;

use super::seconds;
use crate::Timestamp;

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
    /// `TraceHeader`, of X-Ray: checked, and not handed on.
    pub trace_header: Option<String>,
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
